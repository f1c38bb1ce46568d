"""The rate limiter, in memory."""

from datetime import datetime, timedelta
from typing import final

from typing_extensions import override

from aldea_core.domain.access.pace import Pace
from aldea_core.ports.attempt_limiter import AttemptLimiter


_MOST = 100_000


@final
class MemoryAttemptLimiter(AttemptLimiter):
    def __init__(self) -> None:
        self._full: dict[str, datetime] = {}

    @override
    async def take(self, name: str, pace: Pace, *, at: datetime) -> timedelta:
        if len(self._full) >= _MOST:
            await self.sweep(at=at)
        full = pace.full_again(self._full.get(name), at=at)
        wait = pace.wait(full, at=at)
        if not wait:
            self._full[name] = full
        return wait

    @override
    async def sweep(self, *, at: datetime) -> None:
        self._full = {name: full for name, full in self._full.items() if at < full}

    @override
    async def forget(self, name: str) -> None:
        self._full.pop(name, None)
