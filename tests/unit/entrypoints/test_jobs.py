"""Jobs stop on request, after the work they have claimed."""

import asyncio

import pytest

from adapters.memory.clock import ManualClock
from aldea_core.domain.errors import Unavailable
from entrypoints.db_sync import jobs as module
from entrypoints.db_sync.jobs import Job, Jobs
from entrypoints.db_sync.metrics import SyncMetrics


@pytest.fixture
def jobs(monkeypatch):
    monkeypatch.setattr(module, "_AGAIN_SECONDS", 0.01)
    return Jobs(SyncMetrics(ManualClock()))


async def for_ever() -> None:
    await asyncio.Event().wait()


async def test_claimed_work_is_finished_on_stop(jobs):
    """
    A pause between rounds ends at once.
    """
    begun, may_end, finished = asyncio.Event(), asyncio.Event(), []

    async def work() -> int:
        begun.set()
        await may_end.wait()
        finished.append(1)
        return 1

    async def nothing() -> int:
        return 0

    running = asyncio.create_task(
        jobs.run([Job("busy", work, for_ever), Job("idle", nothing, for_ever)])
    )
    await begun.wait()
    jobs.stopping.set()
    await asyncio.sleep(0)
    assert not running.done()
    may_end.set()
    await running

    assert finished == [1]


async def test_job_repeats_while_there_is_work(jobs):
    """
    And pauses when there is none.
    """
    left, rests = [3, 2, 1, 0], []

    async def rest() -> None:
        rests.append(1)
        jobs.stopping.set()

    async def work() -> int:
        return left.pop(0)

    await jobs.run([Job("some", work, rest)])

    assert (left, rests) == ([], [1])
    assert b'aldea_sync_done_total{job="some"} 6.0' in jobs.metrics.text()


@pytest.mark.parametrize("error", [Unavailable("database"), ZeroDivisionError()])
@pytest.mark.parametrize("where", ["deed", "rest"])
async def test_failed_job_is_retried(jobs, error, where):
    """
    After any error; meanwhile the service is not healthy.
    """
    tries = []

    async def fail_twice() -> int:
        assert jobs.are_well == (where == "rest")
        tries.append(1)
        if len(tries) <= 2:
            raise error
        return 0

    async def succeed() -> int:
        return 0

    async def stop() -> None:
        assert jobs.are_well
        jobs.stopping.set()

    async def fail_twice_then_stop() -> None:
        if await fail_twice() == 0:
            jobs.stopping.set()

    job = (
        Job("broken", fail_twice, stop)
        if where == "deed"
        else Job("broken", succeed, fail_twice_then_stop)
    )
    assert not jobs.are_well
    await jobs.run([job])

    assert len(tries) == 3
    assert jobs.are_well
    assert b'aldea_sync_failures_total{job="broken"} 2.0' in jobs.metrics.text()
