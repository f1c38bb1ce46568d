"""The audit log: a permanent record of changes."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from aldea_core.domain.access.audit import AuditEntry, AuditSelection


class AuditLog(Protocol):
    """
    Appends and reads audit entries; entries are never changed or removed, but for the name of an
    actor whose account is deleted.
    """

    @abstractmethod
    async def write(self, entries: Sequence[AuditEntry]) -> None: ...

    @abstractmethod
    async def read(
        self, which: AuditSelection, *, before: int | None = None, limit: int = 50
    ) -> Sequence[AuditEntry]:
        """Entries with ids below *before*, newest first."""

    @abstractmethod
    async def erase_name(self, actor: str) -> None:
        """Removes the name of an actor from all entries; its id stays."""
