"""Drift is found page by page in both directions, and repaired when a second look confirms it."""

import attrs
import pytest

from tests.contract.accounts import ACME, OTHER, api_key
from tests.contract.values import ORG, OTHER_ORG, known_key, snapshot

from adapters.memory.accounts import MemoryAccounts
from adapters.memory.clock import ManualClock
from adapters.memory.keystore import MemoryKeystore
from adapters.memory.orphan_keys import MemoryOrphanKeys
from adapters.memory.queue import MemoryOrgQueue
from aldea_core.domain.ids import KeyId, OrgId
from aldea_core.domain.sync.drift import DifferenceKind
from aldea_core.use_cases.sync.compare_orgs import CompareOrgs
from aldea_core.use_cases.sync.repair_drift import RepairDrift
from aldea_core.use_cases.sync.sync_orgs import SyncOrg
from aldea_core.use_cases.sync.sync_queued import SyncQueued


class World:
    def __init__(self) -> None:
        clock, keys = ManualClock(), MemoryOrphanKeys()
        self.accounts, self.keystore = MemoryAccounts(), MemoryKeystore()
        self.queue = MemoryOrgQueue()
        self.compare = CompareOrgs(self.accounts, self.keystore, keys, clock)
        self.repair = RepairDrift(self.accounts, self.compare, self.keystore, keys, self.queue)
        self.sync_org = SyncOrg(self.accounts, self.keystore, clock)

    async def suspects(self) -> list:
        found = [org async for page in self.compare() for org in page.suspects]
        return [*found, *(await self.compare.orphan_orgs()).found]

    async def heal(self) -> list:
        """Of what kinds the differences were, after which there are none."""
        found = await self.repair(await self.suspects())
        await SyncQueued(self.queue, self.sync_org)()
        async with self.accounts.changes.claim(100) as batch:
            for org in batch.orgs:
                await self.sync_org(org)
            batch.acknowledge(batch.orgs)
        assert await self.suspects() == []
        return [each.kind for each in found]


@pytest.fixture
async def world():
    world = World()
    for org in (ACME, OTHER):
        await world.accounts.add_org(org)
        await world.sync_org(org.id)
    return world


async def test_no_drift_is_found_without_any(world):
    """
    Where nothing is wrong.
    """
    assert await world.heal() == []


async def test_every_page_is_compared(world):
    """
    Also beyond the first.
    """
    for n in range(600):
        await world.accounts.add_org(attrs.evolve(ACME, id=OrgId(f"org-{n:04}")))

    assert len(await world.suspects()) == 600
    assert {each.kind for each in await world.repair(await world.suspects())} == {
        DifferenceKind.MISSING_ORG
    }


async def test_older_copy_is_queued(world):
    await world.accounts.add_key(api_key())

    assert await world.heal() == [DifferenceKind.STALE_VERSION]


async def test_empty_copy_queues_every_org(world):
    """
    Everything is queued again.
    """
    fresh = World()
    for org in (ACME, OTHER):
        await fresh.accounts.add_org(org)

    assert await fresh.heal() == [DifferenceKind.MISSING_ORG] * 2


async def test_newer_copy_raises_the_databases_version(world):
    """
    As after a restored backup: lower versions would be ignored.
    """
    await world.keystore.put(snapshot(100, known_key("from the future")))

    assert await world.heal() == [DifferenceKind.NEWER_VERSION]
    assert (await world.accounts.org(ORG)).version > 100
    assert await world.keystore.keys([known_key("from the future").hash]) == {}


async def test_different_keys_at_one_version_are_queued(world):
    version = (await world.accounts.org(ORG)).version
    await world.keystore.put(snapshot(version, known_key("odd")))

    assert DifferenceKind.EXTRA_KEY in await world.heal()
    assert await world.keystore.keys([known_key("odd").hash]) == {}


async def test_deleted_org_is_removed_with_its_tombstones_version(world):
    """
    Deleted org is removed with its tombstone's version.
    """
    await world.accounts.remove_org(ORG)

    assert await world.heal() == [DifferenceKind.ORPHAN_ORG]
    assert (await world.keystore.held([ORG]))[ORG].is_gone


async def test_orphan_org_is_removed_for_good(world):
    """
    A late snapshot does not restore it.
    """
    orphan = OrgId("orphan")
    await world.keystore.put(snapshot(7, org=orphan))

    assert await world.heal() == [DifferenceKind.ORPHAN_ORG]
    assert not await world.keystore.put(snapshot(7, org=orphan))


async def test_drift_gone_at_the_second_look_was_in_flight(world):
    """
    No repair is made.
    """
    await world.accounts.add_key(api_key())
    suspects = await world.suspects()
    await world.sync_org(ORG)

    assert suspects == [ORG]
    assert await world.repair(suspects) == []
    assert await world.repair([OrgId("unknown")]) == []


async def test_org_deleted_during_repair_is_left_to_its_deletion(world):
    await world.keystore.put(snapshot(100, known_key("from the future")))
    accounts = world.accounts

    class Late:
        """The org goes, right after it was looked at."""

        async def touch(self, org, *, above):
            await accounts.remove_org(org)
            await accounts.touch(org, above=above)

    repair = attrs.evolve(world.repair, accounts=Late())
    assert [each.kind for each in await repair([ORG])] == [DifferenceKind.NEWER_VERSION]


async def test_tombstone_of_an_existing_org_is_overcome(world):
    """
    As after a restored backup: queueing alone would be refused for ever.
    """
    version = (await world.accounts.org(ORG)).version
    await world.keystore.remove(ORG, version)

    assert await world.heal() == [DifferenceKind.MISSING_ORG]
    assert not (await world.keystore.held([ORG]))[ORG].is_gone


async def test_tombstones_are_no_orphans_and_not_counted(world):
    """
    Otherwise a wrong database would look less wrong with every deleted org.
    """
    for n in range(10):
        await world.keystore.remove(OrgId(f"gone-{n}"), 1)
    for n in range(3):
        await world.keystore.put(snapshot(1, org=OrgId(f"orphan-{n}")))

    orphans = await world.compare.orphan_orgs()

    assert (len(orphans.found), orphans.held) == (3, 5)
    assert orphans.are_too_many


async def test_deleted_orgs_do_not_count_as_orphans(world):
    """
    The database has their tombstones; a wrong database would not.
    """
    await world.accounts.remove_org(ORG)
    await world.accounts.remove_org(OTHER_ORG)

    orphans = await world.compare.orphan_orgs()

    assert (set(orphans.found), orphans.unknown, orphans.held) == ({ORG, OTHER_ORG}, 0, 2)
    assert not orphans.are_too_many


async def test_half_removed_org_is_removed_again(world):
    """
    Its keys are still readable.
    """
    await world.accounts.add_key(api_key())
    await world.accounts.end_key(ORG, KeyId("id-one"), at=ManualClock().now())
    await world.accounts.remove_org(OTHER_ORG)

    assert await world.heal() == [DifferenceKind.STALE_VERSION, DifferenceKind.ORPHAN_ORG]
