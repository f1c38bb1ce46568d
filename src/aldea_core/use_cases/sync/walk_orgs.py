"""Iterate over all orgs with bounded memory."""

from collections.abc import AsyncIterator

import attrs

from aldea_core.domain.access.orgs import Org
from aldea_core.domain.pages import Page, TimePlace
from aldea_core.ports.org_search import OrgSearch


_PAGE = 500


@attrs.frozen
class WalkOrgs:
    """Returns each org once, oldest first; at most one page is in memory."""

    org_search: OrgSearch

    async def __call__(self) -> AsyncIterator[Org]:
        after: TimePlace | None = None
        while found := await self.org_search.find(page=Page(_PAGE, after)):
            for org in found:
                yield org
            after = (found[-1].created, found[-1].id)
