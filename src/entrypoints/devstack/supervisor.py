"""
Starts parts in order, restarts those that end, and stops them in the opposite order.

Parts that do not need each other start concurrently. A part that ends is restarted after a pause,
which doubles while restarts fail; parts that need it must cope with its absence, as in production.
"""

import asyncio
import enum
import time

from collections.abc import Callable, Sequence

from adapters.local_servers.server import CannotStart
from entrypoints.devstack.parts import SupervisedPart, how_it_ended


_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0
# A part that ran this long was healthy; its next restart begins with the shortest pause.
_WELL_SECONDS = 60.0


class PartState(enum.Enum):
    WAITING = "waiting"
    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"
    ENDED = "ended"
    STOPPING = "stopping"
    STOPPED = "stopped"


# Called with a part, its new state, and a note.
ReportState = Callable[[SupervisedPart, PartState, str], None]


class Supervisor:
    """
    Attributes:
        failed: Names of parts that did not stop properly.
    """

    def __init__(self, report: ReportState) -> None:
        self._report = report
        self._stages: list[Sequence[SupervisedPart]] = []
        self._keepers: list[asyncio.Task[None]] = []
        self.failed: list[str] = []

    async def start(self, *stages: Sequence[SupervisedPart]) -> None:
        """
        Starts all parts of all *stages* concurrently, and returns once they are ready.

        Args:
            stages: Stopped in reverse order at the end, and before all stages that were started
                earlier.

        Raises:
            CannotStart: One of them did not become ready.
        """
        self._stages += stages
        try:
            async with asyncio.TaskGroup() as group:
                for stage in stages:
                    for part in stage:
                        group.create_task(self._bring_up(part))
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None

    async def stop(self, forced: asyncio.Event) -> None:
        """
        Stops all parts.

        Args:
            forced: Set when parts must be killed without waiting; may become set during the wait.
        """
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        for stage in reversed(self._stages):
            await asyncio.gather(*(self._take_down(part, forced) for part in stage))

    async def _bring_up(self, part: SupervisedPart) -> None:
        self._report(part, PartState.STARTING, "")
        began = time.monotonic()
        try:
            await part.start()
        except CannotStart as error:
            self._report(part, PartState.FAILED, str(error))
            raise
        self._report(part, PartState.READY, f"in {time.monotonic() - began:.1f} s")
        self._keepers.append(asyncio.create_task(self._keep(part)))

    async def _keep(self, part: SupervisedPart) -> None:
        pause = _FIRST_PAUSE_SECONDS
        why = ""
        while True:
            began = time.monotonic()
            status = await part.ended()
            if time.monotonic() - began > _WELL_SECONDS:
                pause = _FIRST_PAUSE_SECONDS
            why = why or how_it_ended(status)
            self._report(part, PartState.ENDED, f"{why}; it starts again in {pause:g} s")
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
            try:
                await part.start()
            except CannotStart as error:
                why = str(error)
            else:
                why = ""
                self._report(part, PartState.READY, "again")

    async def _take_down(self, part: SupervisedPart, forced: asyncio.Event) -> None:
        self._report(part, PartState.STOPPING, "")
        status = await part.stop(forced)
        if status and not forced.is_set():
            self.failed.append(part.name)
            self._report(part, PartState.STOPPED, how_it_ended(status))
        else:
            self._report(part, PartState.STOPPED, "")
