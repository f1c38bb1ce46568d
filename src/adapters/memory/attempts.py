"""Attempts, counted for as long as the process lives."""

from datetime import datetime, timedelta
from typing import final

from typing_extensions import override

from aldea_core.ports.attempts import Attempts


_MOST = 100_000


@final
class MemoryAttempts(Attempts):
    def __init__(self) -> None:
        self._counts: dict[str, tuple[int, datetime]] = {}

    @override
    async def count(self, name: str, *, within: timedelta, at: datetime) -> tuple[int, datetime]:
        if len(self._counts) >= _MOST:
            await self.sweep(at=at)
        counted, ends = self._counts.get(name, (0, at + within))
        if ends <= at:
            counted, ends = 0, at + within
        self._counts[name] = (counted + 1, ends)
        return counted + 1, ends

    @override
    async def sweep(self, *, at: datetime) -> None:
        self._counts = {name: kept for name, kept in self._counts.items() if at < kept[1]}

    @override
    async def forget(self, name: str) -> None:
        self._counts.pop(name, None)
