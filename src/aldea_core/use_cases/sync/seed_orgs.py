"""Fill the keystore with all orgs, page by page, and mark it as filled."""

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
    The order of calls is: `begin`, `read` and `write` for each page, `remove_orphans`, `finish`.
    Reading and writing are separate so that callers can read the next page while writing one; thus
    at most two pages are in memory.
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
        Starts a filling and returns its id for `finish`. Checks for orphans before anything is
        written, so that a wrong database's orgs are never added.

        Raises:
            TooManyOrphans: Probably the wrong database; not raised with *force*.
        """
        if not force:
            (await self.compare.orphan_orgs()).refuse_too_many()
        filling = self.randomness.bytes(8).hex()
        await self.marks.begin(filling)
        return filling

    async def read(self, after: OrgId | None) -> Sequence[OrgSnapshot]:
        """The page after *after*; an empty page is the end."""
        return await self.pages.snapshots(after, PAGE, at=self.clock.now())

    async def write(self, page: Sequence[OrgSnapshot]) -> int:
        """Writes *page*; returns how many of its orgs the keystore had newer already."""
        return len(page) - await self.mirror.put_all(page)

    async def remove_orphans(self, *, force: bool = False) -> Removed:
        """
        Raises:
            TooManyOrphans: Nothing was removed; not raised with *force*.
            Unavailable: A store does not answer; another call removes the rest.
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
        """Marks the keystore as filled; False if anything written since `begin` was lost."""
        return await self.marks.finish(filling)
