"""Change an org's plan."""

import attrs

from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.plans import Plan, Subscription
from aldea_core.domain.errors import Conflict, existing
from aldea_core.domain.ids import OrgId, PlanId
from aldea_core.ports.clock import Clock
from aldea_core.ports.plans import Plans, Subscriptions
from aldea_core.use_cases.billing.find_plans import FindPlans
from aldea_core.use_cases.billing.fit_caps import FitCap


@attrs.frozen
class ChangePlan:
    """The new plan applies to the whole current month; past months keep theirs."""

    plans: Plans
    subscriptions: Subscriptions
    find_plans: FindPlans
    fit_cap: FitCap
    clock: Clock

    async def __call__(self, org: OrgId, plan: PlanId) -> Plan:
        """
        Raises:
            NotFound: There is no such org or plan.
            Conflict: The plan is archived or for another org; or the org has a spending cap, and
                the new plan has another currency.
        """
        found = existing(await self.plans.plan(plan), "There is no such plan.")
        month = Month.of(self.clock.now())
        current = (await self.find_plans(org)).plan(month)
        if current.id != plan and not found.is_offered_to(org):
            raise Conflict(
                "This plan is archived."
                if found.archived is not None
                else "This plan is for another organisation only."
            )
        before = current.currency
        if before != found.currency and await self.subscriptions.cap(org) is not None:
            raise Conflict(
                f"The spending cap is in {before}, and this plan in {found.currency}: "
                "remove the cap first."
            )
        await self.subscriptions.subscribe(org, Subscription(month, plan))
        await self.fit_cap(org)
        return found
