"""Put an org on another plan."""

import attrs

from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import OrgId, PlanId
from aldea_core.domain.months import Month
from aldea_core.domain.plans import Plan, Subscription
from aldea_core.ports.clock import Clock
from aldea_core.ports.plans import Plans, Subscriptions
from aldea_core.use_cases.fit_caps import FitCap


@attrs.frozen
class ChangePlan:
    """The new plan holds for the whole running month; months that are over keep theirs."""

    plans: Plans
    subscriptions: Subscriptions
    fit_cap: FitCap
    clock: Clock

    async def __call__(self, org: OrgId, plan: PlanId) -> Plan:
        """
        Raises:
            NotFound: There is no such org or plan.
        """
        found = await self.plans.plan(plan)
        if found is None:
            raise NotFound("There is no such plan.")
        month = Month.of(self.clock.now())
        await self.subscriptions.subscribe(org, Subscription(month, plan))
        await self.fit_cap(org)
        return found
