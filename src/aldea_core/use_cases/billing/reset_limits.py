"""Give an organisation the limits of its plan again."""

import attrs

from aldea_core.domain.access.limits import Limits
from aldea_core.domain.billing.months import Month
from aldea_core.domain.ids import OrgId
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.clock import Clock
from aldea_core.use_cases.billing.find_plans import FindPlans


@attrs.frozen
class ResetLimits:
    """Afterwards the org has no limits of its own, so that changes of its plan reach it."""

    accounts: Accounts
    find_plans: FindPlans
    clock: Clock

    async def __call__(self, org: OrgId) -> Limits:
        """
        The limits of the plan. To be called in a transaction about the org, so that its plan stays
        the same meanwhile.

        Raises:
            NotFound: There is no such org.
        """
        plan = (await self.find_plans(org)).plan(Month.of(self.clock.now()))
        await self.accounts.set_limits(org, plan.limits)
        return plan.limits
