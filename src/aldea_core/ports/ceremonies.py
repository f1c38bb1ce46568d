"""Ceremonies that have begun."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

from aldea_core.domain.access.ceremonies import Ceremony
from aldea_core.domain.access.tokens import TokenKind
from aldea_core.domain.ids import TokenHash


class Ceremonies(Protocol):
    """Stores ceremonies until they end or expire."""

    @abstractmethod
    async def add(self, ceremony: Ceremony, *, at: datetime) -> None:
        """Adds a ceremony; deletes those that have expired."""

    @abstractmethod
    async def take(self, token: TokenHash, kind: TokenKind, *, at: datetime) -> Ceremony | None:
        """
        Ends a ceremony of that kind, and returns it. None if there is none, or it has expired. Of
        two concurrent calls, one gets it.
        """
