"""Show what an org would owe for the current month, if it ended now."""

import attrs

from aldea_core.domain.billing.charges import lines
from aldea_core.domain.billing.invoices import Charges
from aldea_core.domain.billing.months import Month
from aldea_core.domain.ids import OrgId
from aldea_core.ports.clock import Clock
from aldea_core.ports.invoices import Invoices
from aldea_core.use_cases.billing.find_plans import FindPlans


@attrs.frozen
class ShowCharges:
    invoices: Invoices
    find_plans: FindPlans
    clock: Clock

    async def __call__(self, org: OrgId) -> Charges:
        """
        Includes late audio of months that are already invoiced, as the next invoice will.

        Raises:
            NotFound: There is no such org.
        """
        now = self.clock.now()
        month = Month.of(now)
        history = await self.find_plans(org)
        unbilled = await self.invoices.unbilled(org, month)
        months = {month, *(usage.month for usage in unbilled.usage)}
        plans = history.of(months)
        return Charges(org, month, plans[month], lines(month, unbilled, plans), now)
