"""The audit log, in memory."""

from collections.abc import Sequence
from typing import final

import attrs

from typing_extensions import override

from aldea_core.domain.access.audit import AuditEntry, AuditSelection
from aldea_core.ports.audit import AuditLog


@final
class MemoryAuditLog(AuditLog):
    def __init__(self) -> None:
        self._entries: list[AuditEntry] = []

    @override
    async def write(self, entries: Sequence[AuditEntry]) -> None:
        for entry in entries:
            self._entries.append(attrs.evolve(entry, id=len(self._entries) + 1))

    @override
    async def read(
        self, which: AuditSelection, *, before: int | None = None, limit: int = 50
    ) -> Sequence[AuditEntry]:
        end = len(self._entries) if before is None else max(0, before - 1)
        return [entry for entry in reversed(self._entries[:end]) if which.has(entry)][:limit]

    @override
    async def erase_name(self, actor: str) -> None:
        self._entries = [
            attrs.evolve(entry, actor=attrs.evolve(entry.actor, name=""))
            if entry.actor.id == actor
            else entry
            for entry in self._entries
        ]
