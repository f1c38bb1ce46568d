"""Find what the gateways' copy holds though the database knows nothing of it."""

from collections.abc import AsyncIterator, Sequence

import attrs

from aldea_core.domain.drift import Holding
from aldea_core.domain.errors import AldeaError
from aldea_core.domain.ids import OrgId
from aldea_core.ports.accounts import OrgPages
from aldea_core.ports.clock import Clock
from aldea_core.ports.keystore import Holdings, OrgMirror
from aldea_core.ports.strays import StrayKeys
from aldea_core.use_cases.sync_orgs import SyncOrg


class NothingKnown(AldeaError):
    """The database knows no org at all: it is the wrong one, and nothing is to be removed by it."""


@attrs.frozen
class FindStrangers:
    """
    Orgs in the copy that the database does not know. It is asked after the copy was, so an org that
    was made meanwhile is none.
    """

    pages: OrgPages
    holdings: Holdings
    clock: Clock

    async def __call__(self) -> AsyncIterator[Sequence[Holding]]:
        """
        Some at a time.

        Raises:
            NothingKnown: See there.
            Unavailable: A store does not answer.
        """
        async for page in self.holdings.orgs():
            found = await self.among(page)
            if found and not await self.pages.snapshots(None, 1, at=self.clock.now()):
                raise NothingKnown(
                    "The database knows no organisation, and the gateways' copy does: "
                    "is it the right database?",
                )
            if found:
                yield found

    async def among(self, orgs: Sequence[OrgId]) -> Sequence[Holding]:
        """
        Those of *orgs* that are strangers now.

        Raises:
            Unavailable: A store does not answer.
        """
        known = await self.pages.versions(orgs)
        held = await self.holdings.held([org for org in orgs if org not in known])
        return [holding for holding in held.values() if holding.is_surplus]


@attrs.frozen
class Removed:
    orgs: int
    keys: int


@attrs.frozen
class RemoveStrangers:
    """Takes out of the copy what should not be there."""

    find_strangers: FindStrangers
    strays: StrayKeys
    sync_org: SyncOrg
    mirror: OrgMirror

    async def __call__(self) -> Removed:
        """
        How many orgs, and how many documented keys that nobody has, were removed.

        Raises:
            NothingKnown: The database knows no org at all; nothing was removed.
            Unavailable: A store does not answer; doing it again goes on.
        """
        orgs = keys = 0
        async for page in self.find_strangers():
            for stranger in page:
                await self._remove(stranger.org)
                orgs += 1
        async for strays in self.strays.found():
            keys += await self.strays.drop(strays)
        return Removed(orgs, keys)

    async def _remove(self, org: OrgId) -> None:
        await self.sync_org(org)  # of a deleted one it knows the version at which it ended
        for still in await self.find_strangers.among([org]):
            versions = (still.version, still.limits_version, 0)
            await self.mirror.remove(org, max(each for each in versions if each is not None))
