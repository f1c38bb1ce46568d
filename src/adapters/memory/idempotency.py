"""The idempotency store, in memory."""

from datetime import datetime
from typing import final

import attrs

from typing_extensions import override

from aldea_core.ports.idempotency import Busy, Claimed, IdempotencyStore, Kept


@attrs.frozen
class _Entry:
    request: str
    claim: str
    claimed: datetime
    answer: bytes | None = None


@final
class MemoryIdempotencyStore(IdempotencyStore):
    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}

    @override
    async def claim(
        self, name: str, request: str, claim: str, *, at: datetime, stale: datetime
    ) -> Claimed | Busy | Kept:
        known = self._entries.get(name)
        if known is not None and known.answer is not None:
            return Kept(known.request, known.answer)
        if known is not None and known.claimed >= stale:
            return Busy(known.request)
        self._entries[name] = _Entry(request, claim, at)
        return Claimed(claim)

    @override
    async def keep(self, name: str, claim: str, answer: bytes) -> bool:
        known = self._entries.get(name)
        if known is None or known.claim != claim:
            return False
        self._entries[name] = attrs.evolve(known, answer=answer)
        return True

    @override
    async def release(self, name: str, claim: str) -> None:
        known = self._entries.get(name)
        if known is not None and known.claim == claim and known.answer is None:
            del self._entries[name]

    @override
    async def forget(self, *, before: datetime) -> None:
        self._entries = {
            name: entry for name, entry in self._entries.items() if entry.claimed >= before
        }
