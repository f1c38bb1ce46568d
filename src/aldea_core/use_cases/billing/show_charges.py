"""Show what an org would owe for the current month, if it ended now."""

from datetime import datetime

import attrs

from aldea_core.domain.billing.charges import Unbilled, lines
from aldea_core.domain.billing.invoices import Charges
from aldea_core.domain.billing.months import Month
from aldea_core.domain.ids import OrgId
from aldea_core.ports.clock import Clock
from aldea_core.ports.invoices import Invoices
from aldea_core.use_cases.billing.find_plans import FindPlans, PlanHistory


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
        history = await self.find_plans(org)
        return charges_of(org, await self.invoices.unbilled(org, Month.of(now)), history, now)


def charges_of(org: OrgId, unbilled: Unbilled, history: PlanHistory, at: datetime) -> Charges:
    """What *org* would owe for the month of *at*."""
    month = Month.of(at)
    plans = history.of(months_of(month, unbilled))
    return Charges(org, month, plans[month], lines(month, unbilled, plans), at)


def months_of(month: Month, unbilled: Unbilled) -> set[Month]:
    """*month*, and the months of late audio, whose plans price it."""
    return {month, *(usage.month for usage in unbilled.usage)}
