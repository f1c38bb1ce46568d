"""All orgs, for whoever runs the platform."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from aldea_core.domain.access.orgs import Org
from aldea_core.domain.ids import OrgId


class OrgSearch(Protocol):
    """Finds orgs."""

    @abstractmethod
    async def find(
        self, search: str = "", *, after: tuple[datetime, OrgId] | None = None, limit: int = 50
    ) -> Sequence[Org]:
        """
        Orgs by when they were created, oldest first.

        Args:
            search: Part of the name, whatever its case, or the whole id; all, if it is empty.
            after: When the last org of the page before was created, and its id.
        """
        ...
