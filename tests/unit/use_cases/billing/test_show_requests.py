"""An org's requests, each with its key and its cost."""

from datetime import timedelta
from decimal import Decimal

import attrs
import pytest

from tests.servers.billing import IN_OCTOBER, NOVEMBER, OCTOBER, BillingWorld

from aldea_core.domain.access.keys import KeyDraft
from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.billing.plans import Price, Subscription
from aldea_core.domain.billing.reports import Selection
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import KeyId, OrgId, PlanId, SessionId
from aldea_core.domain.pages import Page
from aldea_core.use_cases.access.create_key import CreateKey
from aldea_core.use_cases.billing.show_requests import ShowRequests


@pytest.fixture
async def world():
    """From November on the org is on a dearer plan in euros."""
    made = BillingWorld()
    prices = (
        Price(SessionKind.LIVE, Decimal("0.02")),
        Price(SessionKind.FILE, Decimal(1)),
        Price(SessionKind.FILE, Decimal(3), "large"),
    )
    await made.add_plan(PlanId("euro"), "Euro", "EUR", prices, included_minutes=999)
    return made


@pytest.fixture
async def org(world):
    made = await world.create_org("Acme")
    await world.plans.subscribe(made.id, Subscription(NOVEMBER, PlanId("euro")))
    return made


@pytest.fixture
def show(world):
    return ShowRequests(world.reports, world.find_plans, world.accounts)


def whole(org) -> Selection:
    return Selection(org.id, OCTOBER.begins, NOVEMBER.ends)


async def test_cost_is_exact_at_the_price_of_its_month_and_model(world, org, show):
    """
    Before what the plan includes.
    """
    await world.use(org, "old", 0.5)
    in_november = NOVEMBER.begins
    await world.use(org, "new", 0.5, started=in_november)
    await world.use(
        org, "large", 1, started=in_november + timedelta(hours=1), kind=SessionKind.FILE, model="large"
    )  # fmt: skip

    shown = await show.page(whole(org))

    assert [(one.record.session, one.cost, one.currency) for one in shown] == [
        ("large", Decimal(3), "EUR"),
        ("new", Decimal("0.01"), "EUR"),
        ("old", Decimal("0.00385"), "USD"),
    ]


async def test_pages_continue_where_the_last_one_ended(world, org, show):
    for n in range(5):
        await world.use(org, f"s{n}", 1, started=IN_OCTOBER + timedelta(hours=n))

    found, page = [], Page(2, newest_first=True)
    while shown := await show.page(whole(org), page):
        found += [one.record.session for one in shown]
        page = attrs.evolve(page, after=shown[-1].record.place)

    assert found == ["s4", "s3", "s2", "s1", "s0"]


async def test_request_has_the_name_of_its_key(world, org, show):
    """
    While the org has the key.
    """
    key, _ = await CreateKey(world.accounts, world.randomness, world.clock)(
        org.id, KeyDraft("laptop")
    )
    await world.use(org, "mine", 1, key=key.id)
    await world.use(org, "old", 1, key=KeyId("gone"))

    assert (await show.one(org.id, SessionId("mine"))).key_name == "laptop"
    assert (await show.one(org.id, SessionId("old"))).key_name == ""


async def test_request_of_another_org_is_not_shown(world, org, show):
    other = await world.create_org("Other")
    await world.use(other, "theirs", 1)

    assert await show.one(org.id, SessionId("theirs")) is None
    assert await show.one(org.id, SessionId("none")) is None
    assert await show.page(whole(org)) == []
    with pytest.raises(NotFound):
        await show.page(whole(org.__class__(OrgId("x"), "X", org.created)))


async def test_stream_has_all_requests_newest_first(world, org, show):
    for n in range(1500):
        await world.use(org, f"{n:04}", 0, started=IN_OCTOBER + timedelta(seconds=n))

    batches = [[one.record.session for one in batch] async for batch in show.stream(whole(org))]

    assert [session for batch in batches for session in batch] == [
        f"{n:04}" for n in reversed(range(1500))
    ]
    assert max(map(len, batches)) < 1500  # it is not held in memory as a whole
