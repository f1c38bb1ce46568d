"""What operators see of the platform: samples of engines, and the state of outboxes and sync."""

from datetime import timedelta

import pytest

from tests.servers.billing import IN_NOVEMBER, NOVEMBER, BillingWorld

from adapters.memory.email_outbox import MemoryEmailOutbox
from adapters.memory.probes import MemoryProbes
from adapters.memory.samples import MemorySamples
from aldea_core.domain.access.emails import Email
from aldea_core.domain.billing.invoices import GRACE
from aldea_core.domain.samples import DRIFT, KEPT, LAG, OUTBOX, Measured, Sample, engine_series
from aldea_core.ports.probes import EngineHealth
from aldea_core.use_cases.sync.sample_engines import SampleEngines
from aldea_core.use_cases.sync.show_state import ShowState


SWEEP_SECONDS = 300.0


@pytest.fixture
def world():
    made = BillingWorld()
    made.clock.at = IN_NOVEMBER
    return made


@pytest.fixture
def samples():
    return MemorySamples()


@pytest.fixture
def outbox():
    return MemoryEmailOutbox()


@pytest.fixture
def show(world, samples, outbox):
    return ShowState(samples, world.invoices, outbox, world.clock, SWEEP_SECONDS)


async def test_what_an_engine_says_is_kept(world, samples):
    """
    Of one that does not answer, only that: 0 is a value, and absent is none.
    """
    busy = EngineHealth("a", ("live",), True, 0.2, behind=0.0, sessions=3, capacity=8)
    gone = EngineHealth("b", ("live", "file"), False, 5.0, "timeout")
    quiet = EngineHealth("c", ("file",), True, 0.1)
    await SampleEngines(MemoryProbes([busy, gone, quiet]), samples, world.clock)()

    found = await samples.latest([engine_series(name) for name in "abc"])
    assert {series: dict(sample.values) for series, sample in found.items()} == {
        "engine a": {"alive": 1, "seconds": 0.2, "behind": 0.0, "sessions": 3, "capacity": 8},
        "engine b": {"alive": 0},
        "engine c": {"alive": 1, "seconds": 0.1},
    }


async def test_samples_are_kept_for_two_days(world, samples):
    """
    Of every series, also those of engines that are gone.
    """
    now = world.clock.now()
    await samples.put([Sample(OUTBOX, now - KEPT - timedelta(seconds=1), {"age": 1})])
    await samples.put([Sample(DRIFT, now - KEPT, {"orgs": 1})])
    await SampleEngines(MemoryProbes(), samples, world.clock)()

    assert set(await samples.latest([OUTBOX, DRIFT])) == {DRIFT}


async def test_nothing_measured_is_unknown_and_not_zero(show, world):
    state = await show()

    unknown = Measured(None, None)
    assert (state.outbox_changes, state.outbox_age_seconds) == (unknown, unknown)
    assert (state.sync_lag_seconds, state.drifted_orgs) == (unknown, unknown)
    assert state.emails_age_seconds == Measured(0.0, world.clock.now())


@pytest.mark.parametrize(
    ("series", "name", "field", "within"),
    [
        (OUTBOX, "changes", "outbox_changes", 60),
        (OUTBOX, "age", "outbox_age_seconds", 60),
        (LAG, "seconds", "sync_lag_seconds", 3600),
        (DRIFT, "orgs", "drifted_orgs", 3 * SWEEP_SECONDS),
    ],
)
async def test_old_measurement_is_not_shown_as_the_present(
    show, world, samples, series, name, field, within
):
    """
    But when it was made.
    """
    at = world.clock.now()
    await samples.put([Sample(series, at, {name: 7})])

    world.clock.advance(within)
    assert getattr(await show(), field) == Measured(7, at)
    world.clock.advance(1)
    assert getattr(await show(), field) == Measured(None, at)


async def test_audio_is_unbilled_once_its_invoice_is_due(show, world):
    """
    Half a day after its month, until it is on an invoice.
    """
    org = await world.create_org("Acme")
    await world.use(org, "now", 5)
    await world.use(org, "october", 2, started=NOVEMBER.begins - timedelta(seconds=1))

    world.clock.at = NOVEMBER.begins + GRACE - timedelta(seconds=1)
    assert (await show()).unbilled_seconds.value == 0
    world.clock.at = NOVEMBER.begins + GRACE
    assert (await show()).unbilled_seconds.value == 120
    await world.make_invoice(org.id, NOVEMBER.previous)
    assert (await show()).unbilled_seconds.value == 0


async def test_waiting_and_failed_emails_are_counted(show, world, outbox):
    """
    With the time for which the oldest one waits.
    """
    email = Email("ann@example.com", "One", "First.")
    await outbox.add(email, at=world.clock.now())
    world.clock.advance(90)
    await outbox.add(email, at=world.clock.now())
    state = await show()
    assert (state.emails_waiting.value, state.emails_age_seconds.value) == (2, 90.0)
    assert state.emails_failed.value == 0

    first = await outbox.claim(at=world.clock.now(), until=world.clock.now())
    await outbox.mark_failed(first.id, "550", at=world.clock.now())
    state = await show()
    assert (state.emails_waiting.value, state.emails_age_seconds.value) == (1, 0.0)
    assert state.emails_failed.value == 1
