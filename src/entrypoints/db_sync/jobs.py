"""Jobs that repeat until the process stops, and then finish their current work."""

import asyncio

from collections.abc import Awaitable, Callable

import attrs
import structlog

from aldea_core.domain.errors import Unavailable
from entrypoints.db_sync.metrics import SyncMetrics


log = structlog.get_logger()

_AGAIN_SECONDS = 1.0


@attrs.frozen
class Job:
    """
    Work that is repeated.

    Args:
        work: Does some of the work, and returns how much; 0 if there is nothing to do now.
        rest: Waits until there may be work again.
    """

    name: str
    work: Callable[[], Awaitable[int]]
    rest: Callable[[], Awaitable[object]]


@attrs.frozen
class Jobs:
    """All jobs of this process."""

    metrics: SyncMetrics
    stopping: asyncio.Event = attrs.field(factory=asyncio.Event)
    _works: dict[str, bool] = attrs.field(factory=dict, init=False)

    @property
    def are_well(self) -> bool:
        """Whether every job has run, and did not fail the last time."""
        return bool(self._works) and all(self._works.values())

    async def run(self, jobs: list[Job]) -> None:
        """Runs all *jobs*; returns once `stopping` is set and every job has ended."""
        self._works.update({job.name: False for job in jobs})
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(self._go_on(job))

    async def _go_on(self, job: Job) -> None:
        while not self.stopping.is_set():
            done = 0
            try:
                done = await job.work()
                self.metrics.did(job.name, done)
                self._works[job.name] = True
                if not done:
                    await self.unless_stopped(job.rest())
            except Unavailable as error:
                log.warning("trying again", job=job.name, reason=error.in_full)
                await self._fail(job)
            except Exception:
                log.exception("job failed", job=job.name)
                await self._fail(job)

    async def _fail(self, job: Job) -> None:
        self._works[job.name] = False
        self.metrics.failed(job.name)
        await self.unless_stopped(asyncio.sleep(_AGAIN_SECONDS))

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
