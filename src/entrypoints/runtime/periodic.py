"""
The one runner of background work: repeats jobs, retries failed ones, and ends them with the process.

Which jobs there are, how often they run and where: `entrypoints/runtime/jobs.py`.
"""

import asyncio

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from enum import Enum
from typing import Any, Protocol, TypeVar

import attrs
import structlog

from aldea_core.domain.errors import Unavailable
from aldea_core.ports.clock import Clock
from aldea_core.ports.randomness import Randomness


log = structlog.get_logger()

Sleep = Callable[[float], Awaitable[object]]

_PATIENCE_SECONDS = 2.0
# A run that lasted so long was well, and its failure is the first of its outage.
_WELL_SECONDS = 60.0
# Seconds before the first retry; each further one waits twice as long, up to the job's limit.
_FIRST_RETRY_SECONDS = 0.25
_T = TypeVar("_T")


class Part(Enum):
    """What runs a job. `aldea up` is one process of `GATEWAY`, `BACKEND` and `LAPTOP`."""

    GATEWAY = "gateways and engines"
    BACKEND = "backend"
    FRONTEND = "frontend"
    DB_SYNC = "db-sync"
    LAPTOP = "`aldea up`"
    SERVER = "every server of HTTP"
    SUPERVISOR = "`aldea up --full`"
    ORG_SYNC = "`aldea serve org-sync`"


@attrs.frozen
class Job:
    """
    Work that is repeated.

    Attributes:
        what: For people: what it does.
        parts: Which parts run it.
        seconds: Rest between two runs, or the setting that says it; 0 if the work itself waits for
            something to do.
        jitter: By which share the rest varies at random, so that replicas do not run together.
        deadline: Seconds that a run may take; then it is cancelled, and counts as failed.
        longest_retry: Seconds between two attempts after several failures.
        is_eager: Whether the next run follows at once while runs find something to do.
    """

    name: str
    what: str
    parts: frozenset[Part]
    seconds: float | str
    jitter: float = 0.0
    deadline: float | None = None
    longest_retry: float = 1.0
    is_eager: bool = False


@attrs.frozen
class PeriodicTask:
    """
    A job with its work.

    Attributes:
        work: One run. Returns how much it did, or None if that is not counted.
        seconds: Rest between two runs.
        wait: Rests for so many seconds, or until there is something to do; None lets the runner
            rest.
    """

    job: Job
    work: Callable[[], Awaitable[int | None]]
    seconds: float
    wait: Sleep | None = None


class JobMetrics(Protocol):
    """Where runs are counted."""

    def job_succeeded(self, job: str, count: int, at: datetime) -> None: ...

    def job_failed(self, job: str) -> None: ...


@attrs.frozen
class Runner:
    """
    Runs tasks until `stopping` is set (each finishes its current run), or until cancelled.

    A failure never ends a task, since services rely on it: it is logged, once as long as its reason
    stays the same, and retried.
    """

    clock: Clock
    randomness: Randomness
    metrics: JobMetrics | None = None
    sleep: Sleep = asyncio.sleep
    stopping: asyncio.Event = attrs.field(factory=asyncio.Event)
    _is_well: dict[str, bool] = attrs.field(factory=dict, init=False)

    @property
    def are_well(self) -> bool:
        """Whether every job has run, and did not fail the last time."""
        return bool(self._is_well) and all(self._is_well.values())

    async def run(self, tasks: Sequence[PeriodicTask]) -> None:
        """Runs *tasks* until `stopping` is set and the current run of each has ended."""
        self._is_well.update({task.job.name: False for task in tasks})
        repeating = [asyncio.create_task(self._repeat(task)) for task in tasks]
        for repeated in repeating:
            repeated.add_done_callback(_log_failure)
        # Passes on each cancellation; a task group only the first, which may be lost: see `end`.
        await asyncio.gather(*repeating, return_exceptions=True)

    async def once(self, task: PeriodicTask) -> None:
        """Retries *task* until it succeeds, or `stopping` is set."""
        await self._repeat(task, once=True)

    async def _repeat(self, task: PeriodicTask, *, once: bool = False) -> None:
        job, wait = task.job, task.wait or self.sleep
        failures, reason = 0, ""
        while not self.stopping.is_set():
            began = self.clock.monotonic()
            try:
                done = await _within(job.deadline, task)
                self._is_well[job.name] = True
                if self.metrics is not None:
                    self.metrics.job_succeeded(job.name, done, self.clock.now())
                if once:
                    return
                if not (done and job.is_eager):
                    spread = job.jitter * (2 * self._random() - 1)
                    await self.unless_stopped(wait(task.seconds * (1 + spread)))
                failures, reason = 0, ""
            except Exception as error:  # noqa: BLE001 (no failure ends it)
                if self.clock.monotonic() - began > _WELL_SECONDS:  # as subscriptions do
                    failures, reason = 0, ""
                self._is_well[job.name] = False
                if self.metrics is not None:
                    self.metrics.job_failed(job.name)
                failures, reason = failures + 1, _log_retry(job.name, error, reason)
                # Shorter at random, so that replicas do not return together.
                pause = retry_pause(failures, job.longest_retry) * (1 - self._random() / 4)
                await self.unless_stopped(self.sleep(pause))

    def _random(self) -> float:
        """A random number from 0 to below 1."""
        return self.randomness.bytes(1)[0] / 256

    async def unless_stopped(self, rest: Awaitable[object]) -> None:
        """Waits for *rest*, or until `stopping` is set; *rest* is cancelled then."""
        resting = asyncio.ensure_future(rest)
        stopped = asyncio.ensure_future(self.stopping.wait())
        try:
            await asyncio.wait({resting, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
            resting.cancel()
            await asyncio.gather(resting, stopped, return_exceptions=True)
        if not resting.cancelled():
            resting.result()


def retry_pause(failures: int, longest: float) -> float:
    """Seconds to wait after so many *failures* in a row."""
    return float(min(longest, _FIRST_RETRY_SECONDS * 2 ** min(failures - 1, 30)))


async def retrying(
    work: Callable[[], Awaitable[_T]], *, attempts: int = 6, sleep: Sleep = asyncio.sleep
) -> _T:
    """
    Runs *work*, and repeats it while a store is unavailable for a moment.

    Raises:
        Unavailable: The store was unavailable in each attempt.
    """
    for failures in range(1, attempts):
        try:
            return await work()
        except Unavailable as error:
            log.warning("trying again", reason=error.in_full)
            await sleep(retry_pause(failures, 2.0))
    return await work()


@asynccontextmanager
async def background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs *work* in a task that is ended with the context. A failure is logged."""
    task = asyncio.create_task(work)
    task.add_done_callback(_log_failure)
    try:
        yield
    finally:
        await end(task)


async def end(task: asyncio.Task[Any], *, patience: float = _PATIENCE_SECONDS) -> None:
    """
    Cancels *task* until it has ended.

    One cancellation is not always enough: until Python 3.12, `asyncio.wait_for` loses a
    cancellation if what it waits for completes at the same moment
    (https://github.com/python/cpython/issues/86296), and redis-py uses it for every command.

    Args:
        patience: Seconds between two cancellations.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=patience)


async def _within(deadline: float | None, task: PeriodicTask) -> int:
    timer = asyncio.timeout(deadline)
    try:
        async with timer:
            return await task.work() or 0
    except TimeoutError:
        if not timer.expired():
            raise
        raise Unavailable(
            f"job {task.job.name}", why=f"it took longer than {deadline:g} s"
        ) from None
    finally:
        _repeat_lost_cancellation()


def _repeat_lost_cancellation() -> None:
    """Cancels the current task if its work has lost a cancellation, for the reason that `end` has."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _log_retry(job: str, error: Exception, last: str) -> str:
    """Logs why *job* failed unless that was its *last* reason; returns the reason."""
    if not isinstance(error, Unavailable):
        log.error("trying again", job=job, exc_info=error)
        return ""
    if error.in_full != last:
        log.warning("trying again", job=job, reason=error.in_full)
    return error.in_full


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("background work failed", exc_info=error)
