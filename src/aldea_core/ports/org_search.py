"""Org search, for operators of the platform."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from aldea_core.domain.access.orgs import Org
from aldea_core.domain.ids import OrgId


class OrgSearch(Protocol):
    """Searches all orgs of the platform by name or id."""

    @abstractmethod
    async def find(
        self, search: str = "", *, after: tuple[datetime, OrgId] | None = None, limit: int = 50
    ) -> Sequence[Org]:
        """
        Orgs ordered by creation time, oldest first.

        Args:
            search: Part of the name, case-insensitive, or the whole id; empty matches all orgs.
            after: Creation time and id of the last org on the previous page.
        """
        ...
