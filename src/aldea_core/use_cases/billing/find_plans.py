"""Find an org's plan for each month."""

from collections.abc import Iterable, Mapping, Sequence

import attrs

from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.plans import STANDARD, Plan, Subscription, plan_in
from aldea_core.domain.errors import existing
from aldea_core.domain.ids import OrgId, PlanId
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.plans import Plans, Subscriptions


@attrs.frozen
class PlanHistory:
    """An org's plans over time."""

    plans: Mapping[PlanId, Plan]
    subscriptions: Sequence[Subscription]

    def plan(self, month: Month) -> Plan:
        return self.plans[plan_in(month, self.subscriptions)]

    @property
    def models_with_prices(self) -> frozenset[str]:
        """Models that a plan of the org prices apart from all others."""
        ids = {STANDARD, *(one.plan for one in self.subscriptions)}
        plans = (plan for plan in self.plans.values() if plan.id in ids)
        return frozenset(price.model for plan in plans for price in plan.prices if price.model)

    def of(self, months: Iterable[Month]) -> dict[Month, Plan]:
        return {month: self.plan(month) for month in months}


@attrs.frozen
class FindPlans:
    accounts: Accounts
    plans: Plans
    subscriptions: Subscriptions

    async def __call__(self, org: OrgId) -> PlanHistory:
        """
        Raises:
            NotFound: There is no such org.
        """
        existing(await self.accounts.org(org), "There is no such organisation.")
        return await self.of_deleted(org)

    async def of_deleted(self, org: OrgId) -> PlanHistory:
        """As for an org that exists: its plans stay on record."""
        subscriptions = await self.subscriptions.subscriptions(org)
        plans = {plan.id: plan for plan in await self.plans.plans()}
        return PlanHistory(plans, subscriptions)
