"""Plans and subscriptions, in memory."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import final

import attrs

from typing_extensions import override

from adapters.memory.accounts import MemoryAccounts
from aldea_core.domain.access.limits import Limits, SessionKind
from aldea_core.domain.access.spending_cap import Cap
from aldea_core.domain.billing.plans import STANDARD, Plan, Price, Subscription
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import OrgId, PlanId
from aldea_core.ports.plans import Plans, Subscriptions


# The same as the plan that the database's migrations insert.
_STANDARD = Plan(
    STANDARD,
    "Standard",
    datetime(2026, 1, 1, tzinfo=UTC),
    "USD",
    (Price(SessionKind.LIVE, Decimal("0.0077")), Price(SessionKind.FILE, Decimal("0.0043"))),
)


@final
@attrs.frozen(slots=False)
class MemoryPlans(Plans, Subscriptions):
    accounts: MemoryAccounts
    _plans: dict[PlanId, Plan] = attrs.field(
        factory=lambda: {STANDARD: _STANDARD},
        init=False,
        repr=False,
    )
    _subscriptions: dict[OrgId, dict[str, Subscription]] = attrs.field(
        factory=dict,
        init=False,
        repr=False,
    )

    @override
    async def add(self, plan: Plan) -> bool:
        return self._plans.setdefault(plan.id, plan) is plan

    @override
    async def plans(self) -> Sequence[Plan]:
        return sorted(self._plans.values(), key=lambda plan: (plan.created, plan.id))

    @override
    async def plan(self, plan: PlanId) -> Plan | None:
        return self._plans.get(plan)

    @override
    async def set_limits(self, plan: PlanId, limits: Limits) -> None:
        self._plans[plan] = attrs.evolve(self._known(plan), limits=limits)
        for org in self.accounts.orgs():
            subscriptions = await self.subscriptions(org.id)
            if (subscriptions[-1].plan if subscriptions else STANDARD) == plan:
                self.accounts.set_plan_limits(org.id, limits)
        if plan == STANDARD:
            self.accounts.standard = limits

    @override
    async def set_archived(self, plan: PlanId, archived: datetime | None) -> None:
        self._plans[plan] = attrs.evolve(self._known(plan), archived=archived)

    @override
    async def subscribe(self, org: OrgId, subscription: Subscription) -> None:
        plan = self._known(subscription.plan)
        self.accounts.set_plan_limits(org, plan.limits)
        self._subscriptions.setdefault(org, {})[str(subscription.since)] = subscription

    @override
    async def subscriptions(self, org: OrgId) -> Sequence[Subscription]:
        known = self._subscriptions.get(org, {})
        return [known[since] for since in sorted(known)]

    @override
    async def cap(self, org: OrgId) -> Cap | None:
        return self.accounts.caps.get(org)

    @override
    async def set_cap(self, org: OrgId, cap: Cap | None) -> None:
        self.accounts.set_cap(org, cap)

    @override
    async def fit_cap(self, org: OrgId, known: Cap, quota_ms: int) -> bool:
        is_known = self.accounts.caps.get(org) == known
        fitted = attrs.evolve(known, quota_ms=quota_ms) if is_known else await self.cap(org)
        self.accounts.set_cap(org, fitted)
        return is_known

    @override
    async def capped(self) -> Sequence[OrgId]:
        return sorted(self.accounts.caps)

    def _known(self, plan: PlanId) -> Plan:
        if plan not in self._plans:
            raise NotFound("There is no such plan.")
        return self._plans[plan]
