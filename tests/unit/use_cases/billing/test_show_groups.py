"""Usage by groupings: no gaps in time, costs by plan, names of keys."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.contract.values import record
from tests.servers.billing import IN_OCTOBER, MINUTE, OCTOBER

from aldea_core.domain.access.keys import KeyDraft
from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.billing.plans import Price, Subscription
from aldea_core.domain.billing.reports import (
    Grouping,
    Selection,
    Totals,
    time_name,
    time_names,
    time_zone,
)
from aldea_core.domain.errors import BadRequest
from aldea_core.domain.ids import KeyId, PlanId
from aldea_core.use_cases.access.create_key import CreateKey
from aldea_core.use_cases.billing import show_groups
from aldea_core.use_cases.billing.show_groups import ShowGroups


MADRID = time_zone("Europe/Madrid")


@pytest.fixture
def show(world):
    return ShowGroups(world.reports, world.find_plans, world.accounts)


def october(org) -> Selection:
    return Selection(org.id, OCTOBER.begins, OCTOBER.ends)


@pytest.mark.parametrize(
    ("grouping", "zone", "first", "last", "count"),
    [
        (Grouping.DAY, UTC, "2026-10-01", "2026-10-31", 31),
        (Grouping.DAY, MADRID, "2026-10-01", "2026-11-01", 32),
        (Grouping.WEEK, UTC, "2026-09-28", "2026-10-26", 5),
        (Grouping.MONTH, UTC, "2026-10", "2026-10", 1),
        (Grouping.MONTH, MADRID, "2026-10", "2026-11", 2),
        (Grouping.HOUR, UTC, "2026-10-01T00:00:00+00:00", "2026-10-31T23:00:00+00:00", 31 * 24),
        (
            Grouping.HOUR,
            MADRID,  # the hour that comes twice is there twice
            "2026-10-01T02:00:00+02:00",
            "2026-11-01T00:00:00+01:00",
            31 * 24,
        ),
    ],
)
def test_times_without_gaps(grouping, zone, first, last, count):
    names = time_names(OCTOBER.begins, OCTOBER.ends, grouping, zone)

    assert (names[0], names[-1], len(names)) == (first, last, count)
    assert len(set(names)) == count


@pytest.mark.parametrize(
    "zone", ["UTC", "Europe/Madrid", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns"]
)
@pytest.mark.parametrize("minutes", [0, 10])
def test_hours_without_gaps(zone, minutes):
    """
    In zones ahead by parts of an hour, and where clocks change by half of one.
    """
    since = OCTOBER.begins + timedelta(minutes=minutes)
    quarters = (since + timedelta(minutes=15) * n for n in range(35 * 24 * 4))
    every = {time_name(at, Grouping.HOUR, time_zone(zone)): None for at in quarters}

    until = since + timedelta(days=35)
    assert time_names(since, until, Grouping.HOUR, time_zone(zone))[: len(every)] == list(every)


def test_times_of_a_span_within_one_day():
    at = datetime(2026, 10, 5, 23, 30, tzinfo=UTC)
    assert time_names(at, at, Grouping.DAY, UTC) == []
    assert time_names(at, at + timedelta(seconds=1), Grouping.DAY, UTC) == ["2026-10-05"]
    both = ["2026-10-05", "2026-10-06"]
    assert time_names(at, at + timedelta(hours=1), Grouping.DAY, UTC) == both


async def test_inner_groups_add_up_to_outer_ones(world, show):
    """
    Not by tag: a session with two tags counts once in its day.
    """
    org = await world.create_org("Acme")
    await world.use(org, "a", 1, tags=("x", "y"))
    await world.use(org, "b", 2, tags=("x",), started=IN_OCTOBER + timedelta(days=1))

    for by in ((Grouping.DAY, Grouping.TAG), (Grouping.TAG, Grouping.DAY)):
        table = await show(october(org), by)
        assert table.totals == Totals(2, 0, 3 * MINUTE, 3 * MINUTE, 0)
        outer = {one.name: one.totals.sessions for one in table.groups if one.totals.sessions}
        days = {"2026-10-12": 1, "2026-10-13": 1}
        assert outer == (days if by[0] is Grouping.DAY else {"x": 2, "y": 1})
        inner = {
            tuple(sorted((one.name, within.name))): within.totals.sessions
            for one in table.groups
            for within in one.groups
            if within.totals.sessions
        }
        assert inner == {("2026-10-12", "x"): 1, ("2026-10-12", "y"): 1, ("2026-10-13", "x"): 1}


async def test_cost_is_of_the_plan_of_its_month(world, show):
    """
    Unrounded: what costs less than a cent is not nothing.
    """
    prices = (Price(SessionKind.LIVE, Decimal("0.01")), Price(SessionKind.FILE, Decimal("0.005")))
    await world.add_plan(PlanId("gold"), "Gold", "USD", prices, included_minutes=999)
    org = await world.create_org("Acme")
    await world.plans.subscribe(org.id, Subscription(OCTOBER, PlanId("gold")))
    await world.ledger.record([record("a", audio_ms=60, started=IN_OCTOBER, org=org.id)])
    await world.use(org, "b", 3, kind=SessionKind.FILE)

    table = await show(october(org), (Grouping.KIND,))

    assert [(one.name, one.cost) for one in table.groups] == [
        ("file", Decimal("0.015")),
        ("live", Decimal("0.00001")),
    ]
    assert (table.cost, table.currency) == (Decimal("0.01501"), "USD")


async def test_model_costs_what_its_plan_says(world, show):
    """
    A model without a price of its own costs what others do.
    """
    live, file = SessionKind.LIVE, SessionKind.FILE
    prices = (Price(live, Decimal(1)), Price(file, Decimal(2)), Price(live, Decimal(10), "large"))
    await world.add_plan(PlanId("gold"), "Gold", "USD", prices)
    org = await world.create_org("Acme")
    await world.plans.subscribe(org.id, Subscription(OCTOBER, PlanId("gold")))
    for session, model in (("a", "large"), ("b", "tiny"), ("c", "small")):
        await world.use(org, session, 1, model=model)

    for by in ((Grouping.DAY, Grouping.MODEL), (Grouping.MODEL, Grouping.DAY)):
        assert (await show(october(org), by)).cost == 12
    by_model = await show(october(org), (Grouping.MODEL,))
    assert {one.name: one.cost for one in by_model.groups} == {"large": 10, "small": 1, "tiny": 1}


async def test_several_currencies_are_not_added(world, show):
    prices = (Price(SessionKind.LIVE, Decimal(1)), Price(SessionKind.FILE, Decimal(1)))
    await world.add_plan(PlanId("euro"), "Euro", "EUR", prices)
    org = await world.create_org("Acme")
    await world.plans.subscribe(org.id, Subscription(OCTOBER, PlanId("euro")))
    await world.use(org, "a", 1)
    await world.use(org, "b", 1, started=OCTOBER.previous.begins)

    whole = Selection(org.id, OCTOBER.previous.begins, OCTOBER.ends)
    table = await show(whole, (Grouping.MONTH,))

    assert [(one.name, one.cost) for one in table.groups] == [("2026-09", None), ("2026-10", None)]
    assert (table.cost, table.currency) == (None, "")
    assert (await show(october(org), (Grouping.MONTH,))).cost == 1


async def test_groups_of_keys_have_their_names(world, show):
    """
    As long as the org has the key.
    """
    org = await world.create_org("Acme")
    key, _ = await CreateKey(world.accounts, world.randomness, world.clock)(
        org.id, KeyDraft("laptop")
    )
    await world.use(org, "a", 1, key=key.id)
    await world.use(org, "b", 1, key=KeyId("gone"))

    for by in ((Grouping.KEY,), (Grouping.KEY, Grouping.KIND)):
        table = await show(october(org), by)
        assert {(one.name, one.label) for one in table.groups} == {(key.id, "laptop"), ("gone", "")}
    inner = (await show(october(org), (Grouping.KIND, Grouping.KEY))).groups[0]
    assert (inner.name, inner.label) == ("live", "")
    assert {one.label for one in inner.groups} == {"laptop", ""}


async def test_too_many_groups_are_refused(world, show, monkeypatch):
    monkeypatch.setattr(show_groups, "_MOST_GROUPS", 2)
    org = await world.create_org("Acme")
    for n in range(3):
        await world.use(org, f"s{n}", 1, tags=(str(n),))

    with pytest.raises(BadRequest):
        await show(october(org), (Grouping.TAG,))


@pytest.mark.parametrize(
    ("by", "most"),
    [
        ((Grouping.TAG, Grouping.DAY), 1 + 3 + 3 * 31),
        ((Grouping.DAY, Grouping.TAG), 1 + 31 + 3),
        ((Grouping.DAY,), 1 + 31),
    ],
)
async def test_groups_without_usage_count_too(world, show, monkeypatch, by, most):
    """
    A few tags in a table by hour are thousands of rows, which hold up everybody's requests.
    """
    org = await world.create_org("Acme")
    for n in range(3):
        await world.use(org, f"s{n}", 1, tags=(str(n),))

    monkeypatch.setattr(show_groups, "_MOST_ROWS", most)
    await show(october(org), by)
    monkeypatch.setattr(show_groups, "_MOST_ROWS", most - 1)
    with pytest.raises(BadRequest, match="a shorter time"):
        await show(october(org), by)
