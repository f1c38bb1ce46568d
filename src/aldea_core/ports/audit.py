"""What was changed, kept for good."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from aldea_core.domain.access.audit import AuditEntry, AuditSelection


class AuditLog(Protocol):
    """Keeps entries, and changes none."""

    @abstractmethod
    async def write(self, entries: Sequence[AuditEntry]) -> None: ...

    @abstractmethod
    async def read(
        self, which: AuditSelection, *, before: int | None = None, limit: int = 50
    ) -> Sequence[AuditEntry]:
        """Entries, newest first: those whose id is lower than *before*."""
        ...
