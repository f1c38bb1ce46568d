"""The outbox of org changes, in memory."""

import asyncio

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import final

from typing_extensions import override

from aldea_core.domain.ids import OrgId
from aldea_core.ports.changes import ChangeSignal, ClaimedChanges, OrgChanges


@final
class MemoryOrgChanges(OrgChanges, ChangeSignal):
    def __init__(self) -> None:
        self._changes: dict[int, OrgId] = {}
        self._held: set[int] = set()
        self._last = 0
        self._rung = asyncio.Event()

    def add(self, org: OrgId) -> None:
        self._last += 1
        self._changes[self._last] = org
        self._rung.set()

    @override
    @asynccontextmanager
    async def claim(self, limit: int) -> AsyncIterator[ClaimedChanges]:
        free = [(n, org) for n, org in self._changes.items() if n not in self._held][:limit]
        self._held.update(n for n, _ in free)
        try:
            batch = ClaimedChanges(tuple(dict.fromkeys(org for _, org in free)))
            yield batch
            for n, org in free:
                if org in batch.acknowledged:
                    del self._changes[n]
        finally:
            self._held.difference_update(n for n, _ in free)

    @override
    async def waiting(self) -> int:
        return len(self._changes)

    @override
    async def oldest(self) -> int | None:
        return min(self._changes, default=None)

    @override
    async def wait(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        except TimeoutError:
            return False
        self._rung.clear()
        return True

    @override
    async def close(self) -> None:
        pass
