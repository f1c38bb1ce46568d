"""Costs at the prices of each month's plan."""

import attrs
import pytest

from tests.contract.plans import GOLD
from tests.contract.values import ORG

from adapters.memory.reports import MemoryUsageReports
from adapters.memory.usage import MemoryUsageLedger
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.reports import Selection
from aldea_core.domain.errors import BadRequest
from aldea_core.use_cases.billing.show_costs import ShowCosts


class History:
    """The org pays in euro from February on."""

    async def __call__(self, org):
        return self

    def plan(self, month):
        return attrs.evolve(GOLD, currency="EUR" if month.number > 1 else "USD")


async def test_currencies_are_not_added_up():
    show = ShowCosts(MemoryUsageReports(MemoryUsageLedger()), History())
    january, february = Month(2026, 1), Month(2026, 2)
    both = Selection(ORG, january.begins, february.ends)

    assert (await show(attrs.evolve(both, until=january.begins), by_tag=False)) is not None
    with pytest.raises(BadRequest, match="several currencies"):
        await show(both, by_tag=False)
