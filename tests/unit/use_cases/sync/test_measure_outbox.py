"""The outbox is measured: how many changes wait, and for how long the oldest has."""

import pytest

from tests.contract.values import NOW, ORG, OTHER_ORG

from adapters.memory.changes import MemoryOrgChanges
from adapters.memory.clock import ManualClock
from adapters.memory.samples import MemorySamples
from aldea_core.domain.samples import OUTBOX
from aldea_core.use_cases.sync.measure_outbox import MeasureOutbox


@pytest.fixture
def changes():
    return MemoryOrgChanges()


@pytest.fixture
def clock():
    return ManualClock(NOW)


@pytest.fixture
def measure(changes, clock):
    samples, work = MemorySamples(), None
    work = MeasureOutbox(changes, samples, clock)

    async def run() -> tuple[float, float]:
        waiting = await work()
        values = (await samples.latest([OUTBOX]))[OUTBOX].values
        assert values["changes"] == waiting
        return values["changes"], values["age"]

    return run


async def test_empty_outbox_has_no_age(measure):
    assert await measure() == (0, 0)


async def test_age_is_that_of_the_oldest_change(measure, changes, clock):
    """
    Later changes do not make it younger; once it is relayed, the next one counts.
    """
    changes.add(ORG)
    assert await measure() == (1, 0)
    clock.advance(5)
    changes.add(OTHER_ORG)
    assert await measure() == (2, 5)

    async with changes.claim(1) as batch:
        batch.acknowledge(batch.orgs)
    clock.advance(5)
    assert await measure() == (1, 0)
    clock.advance(5)
    assert await measure() == (1, 5)
