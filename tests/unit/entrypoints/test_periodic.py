"""Background work."""

import asyncio

from contextlib import suppress

import attrs
import pytest
import structlog

from adapters.memory.clock import ManualClock
from adapters.memory.randomness import SeededRandomness
from adapters.system.randomness import SystemRandomness
from aldea_core.domain.errors import Unavailable
from aldea_core.ports.randomness import Randomness
from entrypoints.runtime.metrics import Metrics
from entrypoints.runtime.periodic import Job, PeriodicTask, Runner, background, end, retrying


class FixedRandomness(Randomness):
    def __init__(self, fixed: bytes) -> None:
        self._fixed = fixed

    def bytes(self, count: int) -> bytes:
        return self._fixed * count

    def uuid(self) -> str:
        raise NotImplementedError


async def forever() -> None:
    while True:
        await asyncio.sleep(60)


async def test_work_ends_with_its_context():
    """
    And not before.
    """
    before = asyncio.all_tasks()
    async with background(forever()):
        (task,) = asyncio.all_tasks() - before
        await asyncio.sleep(0.01)
        assert not task.done()

    assert task.cancelled()


async def test_failure_is_logged_at_once():
    """
    Other work goes on.
    """

    async def failing() -> None:
        raise ValueError("words")

    with structlog.testing.capture_logs() as logs:
        async with background(failing()):
            await asyncio.sleep(0.01)
            assert [line["event"] for line in logs] == ["background work failed"]

    assert len(logs) == 1


async def test_work_that_swallows_cancellation_is_cancelled_again():
    async def forgetful() -> None:
        for _ in range(2):
            with suppress(asyncio.CancelledError):
                await forever()
        await forever()

    task = asyncio.create_task(forgetful())
    await asyncio.sleep(0)
    await end(task, patience=0.01)

    assert task.cancelled()


async def test_result_that_races_with_cancellation():
    """
    In Python 3.11 `wait_for` then swallows the cancellation.
    """
    answers: list[asyncio.Future[None]] = []

    async def asking() -> None:
        while True:
            answers.append(asyncio.get_running_loop().create_future())
            await asyncio.wait_for(answers[-1], 60)

    task = asyncio.create_task(asking())
    await asyncio.sleep(0)
    answers[-1].set_result(None)
    await end(task, patience=0.01)

    assert task.cancelled()


async def test_finished_work_is_not_cancelled():
    task = asyncio.create_task(asyncio.sleep(0))
    await task
    await end(task)

    assert not task.cancelled()


@attrs.define
class Sleeper:
    """Sleeps no time, and remembers for how long; sets *stopping* after *most* times."""

    most: int = 1
    stopping: asyncio.Event = attrs.field(factory=asyncio.Event)
    slept: list[float] = attrs.field(factory=list)

    async def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)
        if len(self.slept) >= self.most:
            self.stopping.set()


def runner(sleep: Sleeper, clock: ManualClock | None = None) -> Runner:
    return Runner(
        clock or ManualClock(), SeededRandomness(), Metrics(), sleep, stopping=sleep.stopping
    )


def task(work, wait=None, *, name="some", seconds=3.0, **rhythm) -> PeriodicTask:
    job = Job(name, "", frozenset(), seconds, **rhythm)
    return PeriodicTask(job, work, seconds, wait)


async def for_ever(_: float) -> None:
    await asyncio.Event().wait()


async def test_current_run_is_finished_on_stop():
    """
    A rest ends at once.
    """
    sleep = Sleeper()
    begun, may_end, finished = asyncio.Event(), asyncio.Event(), []

    async def work() -> None:
        begun.set()
        await may_end.wait()
        finished.append(1)

    async def nothing() -> None:
        pass

    jobs = runner(sleep)
    running = asyncio.create_task(
        jobs.run([task(work, for_ever, name="busy"), task(nothing, for_ever, name="idle")])
    )
    await begun.wait()
    jobs.stopping.set()
    await asyncio.sleep(0)
    assert not running.done()
    may_end.set()
    await running

    assert finished == [1]


@pytest.mark.parametrize("is_eager", [False, True])
@pytest.mark.parametrize("fails", [False, True])
async def test_job_whose_work_loses_a_cancellation_ends(is_eager, fails):
    """
    It neither rests nor runs again: nothing would cancel it once more.
    """
    runs = []

    async def work() -> int:
        runs.append(1)
        with suppress(asyncio.CancelledError):
            await for_ever(0)
        if fails:
            raise Unavailable("store")
        return 1

    jobs = [task(work, for_ever, is_eager=is_eager)]
    running = asyncio.create_task(
        Runner(ManualClock(), SeededRandomness(), sleep=for_ever).run(jobs)
    )
    await asyncio.sleep(0.01)
    async with asyncio.timeout(10):
        await end(running)

    assert running.cancelled()
    assert runs == [1]


async def test_job_that_goes_on_after_a_cancellation_is_cancelled_again():
    """
    A subscription that loses one waits for more news.
    """
    ended = []

    async def work() -> None:
        try:
            with suppress(asyncio.CancelledError):
                await for_ever(0)
            await for_ever(0)
        finally:
            ended.append(1)

    async def nothing() -> None:
        pass

    jobs = [task(work, for_ever), task(nothing, for_ever, name="other")]
    running = asyncio.create_task(
        Runner(ManualClock(), SeededRandomness(), sleep=for_ever).run(jobs)
    )
    await asyncio.sleep(0.01)
    async with asyncio.timeout(10):
        await end(running, patience=0.01)

    assert running.cancelled()
    assert ended == [1]


@pytest.mark.parametrize(("is_eager", "rests"), [(True, [3.0]), (False, [3.0, 3.0, 3.0, 3.0])])
async def test_eager_job_rests_when_there_is_nothing_to_do(is_eager, rests):
    """
    Other jobs rest after each run.
    """
    left = [3, 2, 1, 0]

    async def work() -> int:
        return left.pop(0)

    sleep = Sleeper(len(rests))
    jobs = runner(sleep)
    await jobs.run([task(work, is_eager=is_eager)])

    assert (left, sleep.slept) == ([], rests)
    assert b'aldea_sync_done_total{job="some"} 6.0' in jobs.metrics.text()


async def test_rest_varies_at_random():
    """
    By no more than the jitter.
    """
    sleep = Sleeper(300)

    async def work() -> None:
        pass

    await attrs.evolve(runner(sleep), randomness=SystemRandomness()).run(
        [task(work, seconds=100.0, jitter=0.25)]
    )

    assert len(set(sleep.slept)) > 1
    assert all(75 <= slept <= 125 for slept in sleep.slept)


async def test_retries_come_later_each_time():
    """
    Up to the job's limit; after a success, soon again.
    """
    troubles = [1, 1, 1, 1, 0, 1, 0]
    sleep = Sleeper(len(troubles))

    async def work() -> None:
        if troubles.pop(0):
            raise Unavailable("database")

    jobs = attrs.evolve(runner(sleep), randomness=FixedRandomness(b"\0"))
    await jobs.run([task(work, longest_retry=1.0)])

    assert sleep.slept == [0.25, 0.5, 1.0, 1.0, 3.0, 0.25, 3.0]


@pytest.mark.parametrize("error", [Unavailable("database"), ZeroDivisionError()])
@pytest.mark.parametrize("where", ["work", "rest"])
async def test_failed_job_is_retried(error, where):
    """
    After any error; meanwhile the service is not healthy.
    """
    tries = []
    jobs = runner(Sleeper(10))

    async def fail_twice() -> None:
        assert jobs.are_well == (where == "rest")
        tries.append(1)
        if len(tries) <= 2:
            raise error

    async def succeed() -> None:
        pass

    async def stop(_: float) -> None:
        assert jobs.are_well
        jobs.stopping.set()

    async def fail_twice_then_stop(_: float) -> None:
        await fail_twice()
        jobs.stopping.set()

    assert not jobs.are_well
    await jobs.run(
        [task(fail_twice, stop) if where == "work" else task(succeed, fail_twice_then_stop)]
    )

    assert len(tries) == 3
    assert jobs.are_well
    assert b'aldea_sync_failures_total{job="some"} 2.0' in jobs.metrics.text()


async def test_outage_is_logged_once():
    """
    In words, until it is over or has another reason.
    """
    full = Unavailable("queue", why="it is full")
    troubles = [full, full, full, ZeroDivisionError(), None, full]
    sleep = Sleeper(len(troubles))

    async def work() -> None:
        if (trouble := troubles.pop(0)) is not None:
            raise trouble

    with structlog.testing.capture_logs() as logs:
        await runner(sleep).run([task(work)])

    reason = "The queue is unavailable: it is full"
    assert [line.get("reason") for line in logs] == [reason, None, reason]
    assert {line["job"] for line in logs} == {"some"}
    assert logs[1]["exc_info"]


async def test_failure_after_a_long_run_begins_a_new_outage():
    """
    As that of a subscription which was open for hours.
    """
    clock, sleep = ManualClock(), Sleeper(3)

    async def work() -> None:
        clock.advance(3600)
        raise Unavailable("keystore")

    jobs = attrs.evolve(runner(sleep, clock), randomness=FixedRandomness(b"\0"))
    with structlog.testing.capture_logs() as logs:
        await jobs.run([task(work)])

    assert sleep.slept == [0.25, 0.25, 0.25]
    assert len(logs) == 3


async def test_run_that_hangs_is_cancelled_at_its_deadline():
    """
    And retried: it counts as a failure.
    """
    cancelled = []

    async def hang() -> None:
        try:
            await forever()
        except asyncio.CancelledError:
            cancelled.append(1)
            raise

    jobs = runner(Sleeper(2))
    with structlog.testing.capture_logs() as logs:
        await jobs.run([task(hang, deadline=0.01)])

    assert cancelled == [1, 1]
    assert [line["reason"] for line in logs] == [
        "The job some is unavailable: it took longer than 0.01 s"
    ]
    assert b'aldea_sync_failures_total{job="some"} 2.0' in jobs.metrics.text()


async def test_time_limit_of_the_work_itself_is_no_deadline():
    """
    It is a failure like any other.
    """

    async def work() -> None:
        raise TimeoutError

    with structlog.testing.capture_logs() as logs:
        await runner(Sleeper()).run([task(work, deadline=60.0)])

    assert isinstance(logs[0]["exc_info"], TimeoutError)


async def test_job_may_run_until_it_succeeds():
    """
    Or until the process stops.
    """
    troubles = [1, 1, 0]

    async def work() -> None:
        if troubles.pop(0):
            raise Unavailable("database")

    sleep = Sleeper(10)
    await runner(sleep).once(task(work))
    assert (troubles, len(sleep.slept)) == ([], 2)

    troubles += [1, 1, 1]
    await runner(Sleeper(2)).once(task(work))
    assert troubles == [1]


async def test_work_is_tried_so_often():
    """
    And its last failure is the caller's.
    """
    tries, sleep = [], Sleeper()

    async def work() -> str:
        tries.append(1)
        if len(tries) < 3:
            raise Unavailable("database")
        return "done"

    assert await retrying(work, attempts=3, sleep=sleep) == "done"
    assert sleep.slept == [0.25, 0.5]

    tries.clear()
    with pytest.raises(Unavailable):
        await retrying(work, attempts=2, sleep=sleep)
