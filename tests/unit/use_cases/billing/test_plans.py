"""Adding, archiving and choosing plans."""

from decimal import Decimal

import pytest

from tests.servers.billing import NOVEMBER, OCTOBER

from aldea_core.domain.access.limits import Limits, SessionKind
from aldea_core.domain.billing.plans import STANDARD, Price, Subscription
from aldea_core.domain.errors import BadRequest, Conflict, NotFound
from aldea_core.domain.ids import OrgId, PlanId
from aldea_core.use_cases.billing.archive_plan import ArchivePlan
from aldea_core.use_cases.billing.reset_limits import ResetLimits
from aldea_core.use_cases.billing.show_plans import ShowPlans


PRICES = (Price(SessionKind.LIVE, Decimal("0.01")), Price(SessionKind.FILE, Decimal("0.005")))


@pytest.fixture
def archive(world):
    return ArchivePlan(world.plans, world.clock)


@pytest.fixture
def show(world):
    return ShowPlans(world.plans)


async def add(world, name: str, currency: str = "USD", **more) -> PlanId:
    return (await world.add_plan(PlanId(name), name, currency, PRICES, **more)).id


async def test_plans_of_one_id_conflict(world):
    """
    The first stays as it is.
    """
    await add(world, "gold")
    with pytest.raises(Conflict, match="prices stay"):
        await add(world, "gold", currency="EUR")


async def test_archived_plan_is_offered_to_no_org(world, archive, show):
    """
    Until it is taken out of the archive.
    """
    gold = await add(world, "gold")
    org = await world.create_org("Acme")

    before, after = await archive(gold, is_archived=True)
    assert (before.archived, after.archived) == (None, world.clock.now())
    assert [plan.id for plan in await show()] == [STANDARD]
    with pytest.raises(Conflict, match="is archived"):
        await world.change_plan(org.id, gold)

    before, after = await archive(gold, is_archived=False)
    assert (before.archived, after.archived) == (world.clock.now(), None)
    assert (await world.change_plan(org.id, gold)).id == gold


async def test_org_on_an_archived_plan_may_choose_it_again(world, archive):
    """
    It is on it: nothing changes.
    """
    gold = await add(world, "gold")
    org = await world.create_org("Acme")
    await world.change_plan(org.id, gold)
    await archive(gold, is_archived=True)

    assert (await world.change_plan(org.id, gold)).id == gold
    assert await world.plans.subscriptions(org.id) == [Subscription(OCTOBER, gold)]


async def test_archiving_twice_keeps_the_first_time(world, archive):
    gold = await add(world, "gold")
    _, archived = await archive(gold, is_archived=True)
    world.clock.advance(60)

    assert await archive(gold, is_archived=True) == (archived, archived)
    assert await world.plans.plan(gold) == archived


async def test_standard_plan_stays(world, archive):
    """
    New orgs are on it.
    """
    with pytest.raises(Conflict, match="New organisations"):
        await archive(STANDARD, is_archived=True)
    with pytest.raises(NotFound, match="no such plan"):
        await archive(PlanId("none"), is_archived=True)
    await archive(STANDARD, is_archived=False)
    assert (await world.plans.plan(STANDARD)).archived is None


async def test_plan_of_one_org_is_offered_to_it_alone(world, show):
    acme, other = await world.create_org("Acme"), await world.create_org("Other")
    special = await add(world, "special", org=acme.id)

    assert [plan.id for plan in await show(acme.id)] == [STANDARD, special]
    assert [plan.id for plan in await show(other.id)] == [STANDARD]
    assert [plan.id for plan in await show()] == [STANDARD]
    with pytest.raises(Conflict, match="for another organisation only"):
        await world.change_plan(other.id, special)
    assert (await world.change_plan(acme.id, special)).id == special
    with pytest.raises(BadRequest, match="no such organisation") as refused:
        await add(world, "lost", org=OrgId("unknown"))
    assert refused.value.field == "org_id"


async def test_plan_of_another_currency_needs_the_cap_removed(world):
    """
    A cap of 10 dollars is not one of 10 euros.
    """
    euro = await add(world, "euro", "EUR")
    org = await world.create_org("Acme")
    await world.set_cap(org.id, 1000)

    with pytest.raises(Conflict, match="The spending cap is in USD, and this plan in EUR"):
        await world.change_plan(org.id, euro)
    assert await world.plans.subscriptions(org.id) == []
    await world.set_cap(org.id, None)
    assert (await world.change_plan(org.id, euro)).id == euro


async def test_reset_limits_are_those_of_the_plan(world):
    """
    And follow it from then on.
    """
    gold = await add(world, "gold", limits=Limits(concurrent_live=50))
    silver = await add(world, "silver", limits=Limits(concurrent_live=20))
    org = await world.create_org("Acme", Limits(concurrent_live=1))
    await world.change_plan(org.id, gold)
    assert (await world.accounts.org(org.id)).limits.concurrent_live == 1
    reset = ResetLimits(world.accounts, world.find_plans, world.clock)

    assert (await reset(org.id)).concurrent_live == 50
    assert (await world.at_the_gateway(org)).concurrent_live == 50
    world.clock.at = NOVEMBER.begins
    await world.change_plan(org.id, silver)
    assert (await world.at_the_gateway(org)).concurrent_live == 20
    with pytest.raises(NotFound):
        await reset(OrgId("unknown"))
