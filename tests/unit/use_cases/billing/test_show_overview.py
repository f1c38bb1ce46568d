"""An org at a glance: usage, money, forecast, limits and failures of two months."""

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from tests.contract.values import lease
from tests.servers.away import Away
from tests.servers.billing import IN_NOVEMBER, NOVEMBER, OCTOBER, BillingWorld

from adapters.memory.leases import MemoryLeases
from adapters.memory.refusals import MemoryRefusalLedger
from adapters.memory.transaction import MemoryTransaction
from aldea_core.domain.access.limits import Entitlements, SessionKind
from aldea_core.domain.access.refusals import Refusals
from aldea_core.domain.access.spending_cap import Cap
from aldea_core.domain.billing.overview import Failures, Forecast
from aldea_core.domain.ids import KeyId
from aldea_core.ports.leases import LeaseCounts, Peak
from aldea_core.use_cases.billing.show_overview import ShowOverview


KEY = KeyId("key-a")


@attrs.define
class World:
    billing: BillingWorld
    leases: Away
    refusals: MemoryRefusalLedger
    show: ShowOverview


@pytest.fixture
def world():
    billing, leases, refusals = BillingWorld(), Away(MemoryLeases()), MemoryRefusalLedger()
    show = ShowOverview(
        billing.reports,
        billing.invoices,
        billing.find_plans,
        billing.plans,
        refusals,
        leases,
        MemoryTransaction([]),
        billing.clock,
    )
    return World(billing, leases, refusals, show)


async def test_overview_of_an_unused_org_is_zero(world):
    org = await world.billing.create_org("Acme")

    found = await world.show(org.id)

    assert (found.this_month.totals.sessions, found.this_month.amount) == (0, 0)
    assert (found.last_month.totals.sessions, found.last_month.amount) == (0, 0)
    assert found.forecast == Forecast(0, 0)
    assert (found.cap, found.failures, found.refusals, found.unpaid) == (None, [], {}, [])
    assert found.open == LeaseCounts(0, 0, 0, Peak(), Peak())


async def test_money_is_what_charges_and_invoices_say(world):
    """
    The last month's amount is its invoice's; unpaid invoices are listed until they are paid.
    """
    billing = world.billing
    org = await billing.create_org("Acme")
    await billing.use(org, "old", 100, kind=SessionKind.FILE, status=200)
    billing.clock.at = IN_NOVEMBER
    await billing.use(org, "new", 70)
    invoice, _ = await billing.make_invoice(org.id, OCTOBER)
    await billing.issue(invoice.id)

    found = await world.show(org.id)

    assert found.last_month.month == OCTOBER
    assert found.last_month.amount == invoice.total > 0
    assert found.this_month.month == NOVEMBER
    assert found.this_month.amount == (await billing.show_charges(org.id)).total > 0
    assert [one.id for one in found.unpaid] == [invoice.id]
    await billing.pay(invoice.id)
    assert (await world.show(org.id)).unpaid == []


async def test_forecast_is_the_pace_so_far(world):
    """
    Of the usage alone: late audio of an earlier month is owed once.
    """
    billing = world.billing
    org = await billing.create_org("Acme")
    await billing.use(org, "late", 10)
    late = (await billing.show_charges(org.id)).total
    billing.clock.at = datetime(2026, 11, 11, tzinfo=UTC)  # a third of the month has passed
    await billing.use(org, "new", 100)
    usage = (await billing.show_charges(org.id)).total - late

    found = await world.show(org.id)

    assert found.forecast == Forecast(300 * 60_000, 3 * usage + late)


async def test_forecast_of_a_busy_month(world):
    """
    Of years of audio, as thousands of streams bring in a month.
    """
    billing = world.billing
    org = await billing.create_org("Acme")
    billing.clock.at = datetime(2026, 11, 11, tzinfo=UTC)
    await billing.use(org, "many", 10**8)

    assert (await world.show(org.id)).forecast.audio_ms == 3 * 10**8 * 60_000


async def test_no_forecast_in_the_first_day(world):
    org = await world.billing.create_org("Acme")
    world.billing.clock.at = NOVEMBER.begins + timedelta(hours=23, minutes=59)
    assert (await world.show(org.id)).forecast is None
    world.billing.clock.at = NOVEMBER.begins + timedelta(days=1)
    assert (await world.show(org.id)).forecast == Forecast(0, 0)


async def test_failures_of_this_month_by_reason(world):
    """
    The most frequent first; a client that leaves is no failure.
    """
    billing = world.billing
    org = await billing.create_org("Acme")
    await billing.use(org, "before", 0, status=1011, reason="idle")
    billing.clock.at = IN_NOVEMBER
    for n, (status, reason) in enumerate(
        [
            (1011, "engine_gone"),
            (1011, "idle"),
            (1011, "idle"),
            (413, "payload_too_large"),
            (1000, ""),
            (1006, "connection_lost"),
            (200, ""),
        ]
    ):
        await billing.use(org, f"s{n}", 1, status=status, reason=reason)

    found = await world.show(org.id)

    assert found.failures == [
        Failures(1011, "idle", 2),
        Failures(413, "payload_too_large", 1),
        Failures(1011, "engine_gone", 1),
    ]


async def test_refusals_cap_and_open_sessions(world):
    billing = world.billing
    org = await billing.create_org("Acme")
    today = billing.clock.now().date()
    await world.refusals.record(
        [
            Refusals(org.id, KEY, today, "quota", 2),
            Refusals(org.id, KEY, today - timedelta(days=1), "quota", 3),
            Refusals(org.id, KEY, today - timedelta(days=40), "quota", 100),
            Refusals(org.id, KEY, today, "concurrent_live", 9),
        ]
    )
    await billing.plans.set_cap(org.id, Cap(5000, 10))
    await world.leases.admit(
        lease(org=org.id, at=billing.clock.now()), Entitlements(), at=billing.clock.now()
    )

    found = await world.show(org.id)

    assert found.refusals == {"concurrent_live": 9, "quota": 5}
    assert found.cap == Cap(5000, 10)
    assert found.open == LeaseCounts(1, 0, 0, Peak(1, 0), Peak())


async def test_overview_without_the_store_of_leases(world):
    """
    Says that open sessions are not known, and has the rest.
    """
    org = await world.billing.create_org("Acme")
    await world.billing.use(org, "a", 5)
    world.leases.is_away = True

    found = await world.show(org.id)

    assert found.open is None
    assert found.this_month.totals.sessions == 1
