"""Changed plans and spending caps reach the gateways."""

from datetime import timedelta
from decimal import Decimal

import attrs
import pytest

from tests.servers.billing import IN_NOVEMBER, MINUTE, NOVEMBER, OCTOBER

from aldea_core.domain.access.limits import Limits, SessionKind
from aldea_core.domain.access.spending_cap import Cap
from aldea_core.domain.billing.plans import Price, Subscription
from aldea_core.domain.errors import BadRequest, Conflict, NotFound
from aldea_core.domain.ids import OrgId, PlanId


async def gold(world):
    return await world.add_plan(
        PlanId("gold"),
        " Gold ",
        "USD",
        (Price(SessionKind.LIVE, Decimal("0.01")), Price(SessionKind.FILE, Decimal("0.005"))),
        included_minutes=100,
        monthly_fee=900,
        limits=Limits(concurrent_live=50, quota_ms=10**9),
    )


async def test_plan_change_reaches_the_gateway(world):
    """
    Its limits and its quota; past months keep their plan.
    """
    plan = await gold(world)
    org = await world.create_org("Acme")
    world.clock.at = IN_NOVEMBER

    assert await world.change_plan(org.id, plan.id) == plan

    assert await world.at_the_gateway(org) == plan.limits
    history = await world.find_plans(org.id)
    assert (history.plan(OCTOBER).id, history.plan(NOVEMBER).id) == ("standard", "gold")
    assert await world.plans.subscriptions(org.id) == [Subscription(NOVEMBER, plan.id)]


async def test_cap_reaches_the_gateway_as_a_quota(world):
    """
    The quota grows as cheaper audio than assumed is used.
    """
    org = await world.create_org("Acme")

    assert await world.set_cap(org.id, 77) == Cap(77, 100 * MINUTE)
    assert (await world.at_the_gateway(org)).quota_ms == 100 * MINUTE
    await world.use(org, "a", 100, kind=SessionKind.FILE)
    assert await world.fit_caps() == 1
    # 100 minutes of files were 43 cents; the 34 left buy 44.2 minutes of live audio.
    assert (await world.at_the_gateway(org)).quota_ms == 100 * MINUTE + 2_649_350

    world.clock.at = IN_NOVEMBER
    await world.fit_caps()
    assert (await world.at_the_gateway(org)).quota_ms == 100 * MINUTE
    assert await world.set_cap(org.id, None) is None
    assert (await world.at_the_gateway(org)).quota_ms is None
    assert await world.fit_caps() == 0


async def test_quota_grows_by_whole_minutes(world):
    """
    So that gateways get few changes; it never lags by more than a minute.
    """
    org = await world.create_org("Acme")
    await world.set_cap(org.id, 77)
    for n in range(6):
        await world.use(org, f"s{n}", 0.5, kind=SessionKind.FILE)
        await world.fit_caps()
        lag = (await world.fit_cap._fitting(org.id, 77)).quota_ms
        assert 0 <= lag - (await world.at_the_gateway(org)).quota_ms < MINUTE

    assert (await world.at_the_gateway(org)).quota_ms > 100 * MINUTE


async def test_new_plan_refits_the_cap_at_once(world):
    plan = await gold(world)
    org = await world.create_org("Acme")
    await world.set_cap(org.id, 1000)
    await world.change_plan(org.id, plan.id)

    # 900 of it is the fee, which includes 100 minutes; the rest buys 100 more.
    assert (await world.at_the_gateway(org)).quota_ms == 200 * MINUTE


async def test_invalid_cap_is_refused(world):
    plan = await gold(world)
    org = await world.create_org("Acme")
    for amount in (-1, 10**13):
        with pytest.raises(BadRequest, match="cap"):
            await world.set_cap(org.id, amount)
    with pytest.raises(Conflict, match="prices stay"):
        await gold(world)
    for work in (
        world.change_plan(org.id, PlanId("none")),
        world.change_plan(OrgId("unknown"), plan.id),
        world.set_cap(OrgId("unknown"), 5),
        world.show_charges(OrgId("unknown")),
    ):
        with pytest.raises(NotFound):
            await work


async def test_idle_org_is_not_refitted(world):
    """
    Until a quarter of an hour has passed, or a month has begun.
    """
    orgs = [await world.create_org(f"Org {n}") for n in range(1_100)]
    for org in orgs:
        await world.set_cap(org.id, 77)

    assert await world.fit_caps() == 1_100
    assert await world.fit_caps() == 0
    await world.use(orgs[1_050], "a", 1)
    await world.use(orgs[3], "b", 0)
    assert await world.fit_caps() == 1
    assert await world.fit_caps() == 0
    world.clock.at += timedelta(minutes=15)
    assert await world.fit_caps() == 1_100
    world.clock.at = IN_NOVEMBER
    assert await world.fit_caps() == 1_100


@pytest.mark.parametrize("amount", [770, 7, None])
async def test_new_cap_wins_over_a_concurrent_fit(world, amount):
    """
    So does removing it.
    """
    org = await world.create_org("Acme")
    await world.set_cap(org.id, 77)
    await world.use(org, "a", 100, kind=SessionKind.FILE)
    invoices = world.invoices

    class WhileLooking:
        async def used(self, asked, month):
            found = await invoices.used(asked, month)
            if (await world.plans.cap(org.id)) == before:
                await world.set_cap(org.id, amount)
            return found

    before = await world.plans.cap(org.id)
    fit_cap = attrs.evolve(world.fit_cap, invoices=WhileLooking())
    fitted = await fit_cap(org.id)

    assert fitted == await world.plans.cap(org.id)
    assert (None if fitted is None else fitted.amount) == amount


async def test_org_deleted_meanwhile_does_not_stop_the_fit(world):
    org, other = await world.create_org("Acme"), await world.create_org("Other")
    await world.set_cap(org.id, 77)
    await world.set_cap(other.id, 77)
    gone = attrs.evolve(world.fit_cap, find_plans=attrs.evolve(world.find_plans))
    accounts = world.accounts

    class Leaving:
        async def org(self, asked):
            return None if asked == org.id else await accounts.org(asked)

    gone = attrs.evolve(gone, find_plans=attrs.evolve(gone.find_plans, accounts=Leaving()))

    assert await attrs.evolve(world.fit_caps, fit_cap=gone)() == 2
