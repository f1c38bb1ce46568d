"""Write every org to the gateways' copy, a page at a time."""

from collections.abc import Sequence

import attrs

from aldea_core.domain.ids import OrgId
from aldea_core.domain.orgs import OrgSnapshot
from aldea_core.ports.accounts import OrgPages
from aldea_core.ports.clock import Clock
from aldea_core.ports.keystore import OrgMirror


PAGE = 1000


@attrs.frozen
class SeedOrgs:
    """
    Reading and writing are apart so that the next page can be read while one is written; whoever
    does so holds two pages at a time, however many orgs there are.
    """

    pages: OrgPages
    mirror: OrgMirror
    clock: Clock

    async def read(self, after: OrgId | None) -> Sequence[OrgSnapshot]:
        """
        The page after *after*; an empty one is the end.

        Raises:
            Unavailable: The database does not answer.
        """
        return await self.pages.snapshots(after, PAGE, at=self.clock.now())

    async def write(self, page: Sequence[OrgSnapshot]) -> int:
        """
        How many of *page* the copy knew newer: they changed meanwhile.

        Raises:
            Unavailable: The copy does not answer; writing the page again heals that.
        """
        return len(page) - await self.mirror.put_all(page)
