"""
Keeps the task of a gateway from being scaled in while it has sessions.

Streams may last for hours, and a container has two minutes to stop at most: no drain is long enough.
So the task is protected while it has a session, for some minutes at a time, and released when it has none.

A deployment takes the protection of old tasks away, since what is replaced has to end. A protection that is
gone before it expires is therefore not taken again.
"""

from datetime import datetime
from typing import Protocol, final

import structlog

from aldea_core.ports.clock import Clock
from entrypoints.runtime.session_registry import SessionRegistry


log = structlog.get_logger()

# Several runs of the job may fail before a protection expires.
MINUTES = 5


class TaskProtection(Protocol):
    """The protection of this process's task."""

    async def until(self) -> datetime | None: ...

    async def protect(self, minutes: int) -> datetime | None: ...

    async def release(self) -> None: ...


@final
class ProtectTask:
    """
    One run of the job `protect`.

    Args:
        running: The sessions of this process, which is the only one of its task.
    """

    def __init__(self, protection: TaskProtection, running: SessionRegistry, clock: Clock) -> None:
        self._protection = protection
        self._running = running
        self._clock = clock
        self._until: datetime | None = None
        self._is_replaced = False

    async def __call__(self) -> None:
        """
        Raises:
            Unavailable: The agent does not answer, or refuses.
        """
        if self._is_replaced or self._running.draining:
            return
        if await self._was_taken_away():
            self._is_replaced = True
            log.info("task is replaced", sessions=len(self._running))
            return
        if len(self._running):
            self._until = await self._protection.protect(MINUTES)
        elif self._until is not None:
            await self._protection.release()
            self._until = None

    async def _was_taken_away(self) -> bool:
        """Whether a protection that has not expired is gone."""
        is_due = self._until is not None and self._clock.now() < self._until
        return is_due and await self._protection.until() is None
