"""Org search, for operators of the platform."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from aldea_core.domain.access.orgs import EVERY_ORG, Org, OrgFilter
from aldea_core.domain.ids import OrgId
from aldea_core.domain.pages import OLDEST_FIRST, Page, TimePlace


class OrgSearch(Protocol):
    """Searches all orgs of the platform."""

    @abstractmethod
    async def find(
        self,
        which: OrgFilter = EVERY_ORG,
        page: Page[TimePlace] = OLDEST_FIRST,
    ) -> Sequence[Org]:
        """Orgs ordered by creation time and id."""

    @abstractmethod
    async def names(self, orgs: Iterable[OrgId]) -> Mapping[OrgId, str]:
        """The names of those of *orgs* that exist."""
