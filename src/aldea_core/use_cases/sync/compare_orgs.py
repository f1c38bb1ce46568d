"""
Compare the keystore with the database, in both directions, without changing either.

This is the only comparison: the sweep, the seeder and `--verify` use it.
"""

from collections.abc import AsyncGenerator, Sequence
from typing import Generic, TypeVar

import attrs

from aldea_core.domain.access.orgs import GoneOrg, OrgSnapshot
from aldea_core.domain.ids import OrgId
from aldea_core.domain.sync.drift import (
    Difference,
    KeystoreSnapshot,
    OrphanKey,
    TooManyOrphans,
    differences,
)
from aldea_core.ports.accounts import OrgPages
from aldea_core.ports.clock import Clock
from aldea_core.ports.keystore import KeystoreSnapshots
from aldea_core.ports.orphan_keys import OrphanKeys


_PAGE = 500

T = TypeVar("T")


@attrs.frozen
class ComparedPage:
    """
    A page of the database's orgs.

    Attributes:
        suspects: Orgs that differed in one comparison, perhaps only because a change is in
            progress.
    """

    orgs: Sequence[OrgSnapshot]
    suspects: Sequence[OrgId]


@attrs.frozen
class Orphans(Generic[T]):
    """
    Entries of the keystore that the database lacks.

    Attributes:
        what: The kind of the entries, for messages.
        found: Entries that the database never had, or removed.
        unknown: How many of *found* the database never had.
        held: How many entries of that kind the keystore has.
    """

    what: str
    found: Sequence[T]
    unknown: int
    held: int

    @property
    def are_too_many(self) -> bool:
        """Whether the database lacks more than half of the entries: probably the wrong database."""
        return self.unknown * 2 > self.held

    def refuse_too_many(self) -> None:
        """
        Every use case that removes orphans calls this first.

        Raises:
            TooManyOrphans: See `are_too_many`.
        """
        if self.are_too_many:
            raise TooManyOrphans(self.what, self.unknown, self.held)


@attrs.frozen
class Found:
    """
    One org's second comparison.

    Attributes:
        right: The database's state; None if the database never had the org.
    """

    org: OrgId
    held: KeystoreSnapshot | None
    right: OrgSnapshot | GoneOrg | None
    differences: Sequence[Difference]


@attrs.frozen
class CompareOrgs:
    """Compares all orgs of both sides, and compares those that differed again."""

    pages: OrgPages
    keystore_snapshots: KeystoreSnapshots
    keys: OrphanKeys
    clock: Clock

    async def __call__(self, after: OrgId | None = None) -> AsyncGenerator[ComparedPage, None]:
        """Every org of the database after *after*, page by page."""
        while True:
            now = self.clock.now()
            page = await self.pages.snapshots(after, _PAGE, at=now)
            if not page:
                return
            held = await self.keystore_snapshots.held(each.org for each in page)
            suspects = [each.org for each in page if differences(each, held.get(each.org), at=now)]
            yield ComparedPage(page, suspects)
            after = page[-1].org

    async def orphan_orgs(self) -> Orphans[OrgId]:
        """
        Orphan orgs: in the keystore, not in the database. The database is read after the keystore,
        so an org that is created concurrently is not reported.
        """
        held: set[OrgId] = set()
        found: dict[OrgId, bool] = {}
        async for page in self.keystore_snapshots.orgs():
            new = [org for org in page if org not in held]
            held.update(new)
            known = await self.pages.versions(new)
            for each in await self.now([org for org in new if org not in known]):
                if each.differences:
                    found[each.org] = each.right is None
                else:
                    held.discard(each.org)  # tombstones are not counted
        return Orphans("orgs", list(found), sum(found.values()), len(held))

    async def orphan_keys(self) -> Orphans[OrphanKey]:
        """Documented keys that the org they name does not have."""
        found: list[OrphanKey] = []
        held = 0
        async for page in self.keys.pages():
            held += page.met
            found += page.orphans
        return Orphans("keys", found, len(found), held)

    async def now(self, orgs: Sequence[OrgId]) -> Sequence[Found]:
        """The current differences of each of *orgs*."""
        found: list[Found] = []
        for start in range(0, len(orgs), _PAGE):
            found += await self._now(orgs[start : start + _PAGE])
        return found

    async def _now(self, orgs: Sequence[OrgId]) -> Sequence[Found]:
        # In this order, the database's state is never older than the keystore's.
        held = await self.keystore_snapshots.held(orgs)
        now = self.clock.now()
        right = await self.pages.among(orgs, at=now)
        found = []
        for org in orgs:
            said, keystore_snapshot = right.get(org), held.get(org)
            if isinstance(said, OrgSnapshot):
                found.append(
                    Found(
                        org, keystore_snapshot, said, differences(said, keystore_snapshot, at=now)
                    )
                )
            else:
                is_orphan = keystore_snapshot is not None and keystore_snapshot.is_live
                orphan = (
                    [keystore_snapshot.as_orphan]
                    if keystore_snapshot is not None and is_orphan
                    else []
                )
                found.append(Found(org, keystore_snapshot, said, orphan))
        return found
