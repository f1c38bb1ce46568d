"""Org search, for operators of the platform."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from aldea_core.domain.access.limits import OrgStatus
from aldea_core.domain.access.orgs import Org
from aldea_core.domain.ids import OrgId


class OrgSearch(Protocol):
    """Searches all orgs of the platform."""

    @abstractmethod
    async def find(
        self,
        search: str = "",
        *,
        status: OrgStatus | None = None,
        after: tuple[datetime, OrgId] | None = None,
        limit: int = 50,
    ) -> Sequence[Org]:
        """
        Orgs ordered by creation time, oldest first.

        Args:
            search: Part of the org's name, or of a member's name or address, case-insensitive; or
                the whole id, or the whole hint of one of its keys. Empty matches all orgs.
            status: None matches every status.
            after: Creation time and id of the last org on the previous page.
        """
        ...

    @abstractmethod
    async def names(self, orgs: Iterable[OrgId]) -> Mapping[OrgId, str]:
        """The names of those of *orgs* that exist."""
        ...
