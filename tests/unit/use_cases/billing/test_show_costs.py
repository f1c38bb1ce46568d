"""Costs at the prices of each month's plan."""

from datetime import timedelta
from decimal import Decimal

import attrs
import pytest

from tests.contract.plans import GOLD
from tests.contract.values import ORG
from tests.servers.billing import IN_OCTOBER, MINUTE, NOVEMBER, OCTOBER, BillingWorld

from adapters.memory.reports import MemoryUsageReports
from adapters.memory.usage import MemoryUsageLedger
from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.plans import Price, Subscription
from aldea_core.domain.billing.reports import Selection
from aldea_core.domain.errors import BadRequest
from aldea_core.domain.ids import PlanId
from aldea_core.use_cases.billing.show_costs import Cost, Costs, ShowCosts


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

    assert (await show(attrs.evolve(both, until=january.begins), by_tag=False)).currency == "USD"
    assert (await show(attrs.evolve(both, until=january.ends), by_tag=False)).currency == "USD"
    with pytest.raises(BadRequest, match="several currencies"):
        await show(both, by_tag=False)


async def test_costs_by_tag_are_rounded_once_per_month_and_price():
    """
    Audio with two tags counts for both, and without tags for "".
    """
    world = BillingWorld()
    prices = (Price(SessionKind.LIVE, Decimal("0.005")), Price(SessionKind.FILE, Decimal("0.1")))
    await world.add_plan(PlanId("gold"), "Gold", "USD", prices, included_minutes=999)
    org = await world.create_org("Acme")
    await world.plans.subscribe(org.id, Subscription(OCTOBER, PlanId("gold")))
    for n in range(2):  # half a cent each, one cent together
        await world.use(org, f"live {n}", 1, tags=("a", "b"))
    await world.use(org, "file", 1, kind=SessionKind.FILE, tags=("a",))
    await world.use(org, "none", 1, kind=SessionKind.FILE, tags=())
    await world.use(org, "next", 1, started=NOVEMBER.begins, tags=("b",))
    show = ShowCosts(world.reports, world.find_plans)
    both = Selection(org.id, OCTOBER.begins, NOVEMBER.ends)

    assert await show(both, by_tag=True) == Costs(
        "USD",
        (
            Cost("", MINUTE, 10),
            Cost("a", 3 * MINUTE, 11),
            Cost("b", 3 * MINUTE, 2),  # in November the other half cent is a cent again
        ),
    )
    assert await show(both, by_tag=False) == Costs("USD", (Cost("", 5 * MINUTE, 22),))


async def test_costs_of_too_many_months_are_refused():
    world = BillingWorld()
    org = await world.create_org("Acme")
    show = ShowCosts(world.reports, world.find_plans)
    since = IN_OCTOBER.replace(year=2023)
    assert (await show(Selection(org.id, since, IN_OCTOBER), by_tag=False)).costs == ()

    with pytest.raises(BadRequest, match="36 months") as refused:
        await show(Selection(org.id, since, IN_OCTOBER + timedelta(days=31)), by_tag=False)
    assert refused.value.field == "since"
