"""Fill the gateways' store with every org, a page at a time, and mark it as filled."""

from collections.abc import Sequence

import attrs

from aldea_core.domain.access.orgs import OrgSnapshot
from aldea_core.domain.ids import OrgId
from aldea_core.domain.sync.drift import DifferenceKind
from aldea_core.ports.accounts import OrgPages
from aldea_core.ports.clock import Clock
from aldea_core.ports.keystore import FillMarks, OrgMirror
from aldea_core.ports.randomness import Randomness
from aldea_core.use_cases.sync.compare_orgs import CompareOrgs
from aldea_core.use_cases.sync.repair_drift import RepairDrift


PAGE = 1000


@attrs.frozen
class Removed:
    orgs: int
    keys: int


@attrs.frozen
class SeedOrgs:
    """
    Begin, then read and write page by page, then remove orphans, then finish. Reading and writing
    are apart so that the next page can be read while one is written: no more than two pages are in
    memory, however many orgs there are.
    """

    pages: OrgPages
    mirror: OrgMirror
    marks: FillMarks
    compare: CompareOrgs
    repair: RepairDrift
    randomness: Randomness
    clock: Clock

    async def begin(self, *, force: bool = False) -> str:
        """
        The filling, to be handed to `finish`. It asks the guard before anything is written: what a
        wrong database says must not even be added.

        Raises:
            TooManyOrphans: Unless *force*: it must be the wrong database.
            Unavailable: A store does not answer.
        """
        if not force:
            (await self.compare.orphan_orgs()).refuse_too_many()
        filling = self.randomness.bytes(8).hex()
        await self.marks.begin(filling)
        return filling

    async def read(self, after: OrgId | None) -> Sequence[OrgSnapshot]:
        """
        The page after *after*; an empty one is the end.

        Raises:
            Unavailable: The database does not answer.
        """
        return await self.pages.snapshots(after, PAGE, at=self.clock.now())

    async def write(self, page: Sequence[OrgSnapshot]) -> int:
        """
        How many of *page* the store knew newer: they changed meanwhile.

        Raises:
            Unavailable: The store does not answer; writing the page again heals that.
        """
        return len(page) - await self.mirror.put_all(page)

    async def remove_orphans(self, *, force: bool = False) -> Removed:
        """
        Raises:
            TooManyOrphans: Unless *force*; nothing was removed.
            Unavailable: A store does not answer; doing it again removes the rest.
        """
        orgs, keys = await self.compare.orphan_orgs(), await self.compare.orphan_keys()
        if not force:
            orgs.refuse_too_many()
            keys.refuse_too_many()
        repaired = await self.repair(orgs.found, keys.found)
        kinds = [each.kind for each in repaired]
        return Removed(
            kinds.count(DifferenceKind.ORPHAN_ORG), kinds.count(DifferenceKind.ORPHAN_KEY)
        )

    async def finish(self, filling: str) -> bool:
        """
        Whether everything that was written since `begin` is still there; the store is marked as
        filled then.

        Raises:
            Unavailable: The store does not answer.
        """
        return await self.marks.finish(filling)
