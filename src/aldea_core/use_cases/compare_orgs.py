"""Compare the gateways' copy with the database, without changing either."""

from collections.abc import Sequence

import attrs

from aldea_core.domain.differences import Difference, differences, unknown
from aldea_core.domain.ids import OrgId
from aldea_core.domain.orgs import OrgSnapshot
from aldea_core.ports.accounts import Accounts, OrgPages
from aldea_core.ports.clock import Clock
from aldea_core.ports.keystore import Holdings
from aldea_core.ports.strays import StrayKeys
from aldea_core.use_cases.find_strangers import FindStrangers


_PAGE = 500


@attrs.frozen
class Compared:
    """
    One page.

    Attributes:
        suspects: Of whom the copy differs, perhaps only because they are just changing.
        last: Where the next page begins; None at the end.
    """

    orgs: int
    keys: int
    suspects: Sequence[OrgId]
    last: OrgId | None


@attrs.frozen
class CompareOrgs:
    """Looks at all, and again, later, at those who differed."""

    pages: OrgPages
    accounts: Accounts
    holdings: Holdings
    clock: Clock

    async def __call__(self, after: OrgId | None) -> Compared:
        """
        Compares the page after *after*.

        Raises:
            Unavailable: A store does not answer.
        """
        now = self.clock.now()
        page = await self.pages.snapshots(after, _PAGE, at=now)
        held = await self.holdings.held([snapshot.org for snapshot in page])
        suspects = [
            snapshot.org
            for snapshot in page
            if differences(snapshot, held.get(snapshot.org), at=now)
        ]
        keys = sum(len(snapshot.keys) for snapshot in page)
        return Compared(len(page), keys, suspects, page[-1].org if page else None)

    async def look_again(self, org: OrgId) -> Sequence[Difference]:
        """
        What differs now.

        Raises:
            Unavailable: A store does not answer.
        """
        now = self.clock.now()
        snapshot = await self.accounts.snapshot(org, at=now)
        if not isinstance(snapshot, OrgSnapshot):
            return ()  # it is gone; if it is still in the copy, it is a stranger there
        held = await self.holdings.held([org])
        return differences(snapshot, held.get(org), at=now)


@attrs.frozen
class ListStrangers:
    """What the copy holds and the database does not know, in words."""

    find_strangers: FindStrangers
    strays: StrayKeys

    async def orgs(self) -> Sequence[OrgId]:
        """
        Suspects.

        Raises:
            Unavailable: A store does not answer.
        """
        return [stranger.org async for page in self.find_strangers() for stranger in page]

    async def look_again(self, orgs: Sequence[OrgId]) -> Sequence[Difference]:
        """
        Those of *orgs* that are strangers now.

        Raises:
            Unavailable: A store does not answer.
        """
        return [unknown(stranger) for stranger in await self.find_strangers.among(orgs)]

    async def keys(self) -> Sequence[Difference]:
        """
        Documented keys that nobody has, looked at twice.

        Raises:
            Unavailable: A store does not answer.
        """
        suspects = [key async for page in self.strays.found() for key in page]
        return [key.difference for key in await self.strays.still(suspects)]
