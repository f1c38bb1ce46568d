"""Iterate over all orgs with bounded memory."""

from collections.abc import AsyncIterator
from datetime import datetime

import attrs

from aldea_core.domain.access.orgs import Org
from aldea_core.domain.ids import OrgId
from aldea_core.ports.org_search import OrgSearch


_PAGE = 500


@attrs.frozen
class WalkOrgs:
    """Returns each org once, oldest first; at most one page is in memory."""

    org_search: OrgSearch

    async def __call__(self) -> AsyncIterator[Org]:
        """
        Raises:
            Unavailable: The store does not answer.
        """
        after: tuple[datetime, OrgId] | None = None
        while page := await self.org_search.find(after=after, limit=_PAGE):
            for org in page:
                yield org
            after = (page[-1].created, page[-1].id)
