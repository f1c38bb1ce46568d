"""Drift is found page by page, in both directions, and set right when it is found again."""

import attrs
import pytest

from tests.contract.accounts import ACME, OTHER, api_key
from tests.contract.values import ORG, OTHER_ORG, known_key, snapshot

from adapters.memory.accounts import MemoryAccounts
from adapters.memory.clock import ManualClock
from adapters.memory.keystore import MemoryKeystore
from adapters.memory.queue import MemoryOrgQueue
from aldea_core.domain.drift import Drift
from aldea_core.domain.ids import KeyId, OrgId
from aldea_core.use_cases.find_drift import FindDrift, FindSurplus
from aldea_core.use_cases.repair_drift import RepairDrift
from aldea_core.use_cases.sync_orgs import SyncOrg
from aldea_core.use_cases.sync_queued import SyncQueued


class World:
    def __init__(self) -> None:
        clock = ManualClock()
        self.accounts, self.keystore = MemoryAccounts(), MemoryKeystore()
        self.queue = MemoryOrgQueue()
        self.find = FindDrift(self.accounts, self.keystore, clock)
        self.find_surplus = FindSurplus(self.accounts, self.keystore)
        self.repair = RepairDrift(
            self.accounts, self.accounts, self.keystore, self.keystore, self.queue, clock
        )
        self.sync_org = SyncOrg(self.accounts, self.keystore, clock)

    async def suspects(self) -> dict:
        found = {}
        async for page in self.find():
            found |= page.suspects
        async for _, orgs in self.find_surplus():
            found |= dict.fromkeys(orgs, Drift.SURPLUS)
        return found

    async def heal(self) -> dict:
        """What was found, after which nothing is."""
        found = dict(await self.repair(await self.suspects()))
        await SyncQueued(self.queue, self.sync_org)()
        async with self.accounts.changes.in_hand(100) as batch:
            for org in batch.orgs:
                await self.sync_org(org)
            batch.tell(batch.orgs)
        assert await self.suspects() == {}
        return found


@pytest.fixture
async def world():
    world = World()
    for org in (ACME, OTHER):
        await world.accounts.add_org(org)
        await world.sync_org(org.id)
    return world


async def test_nothing_is_found(world):
    """
    Where nothing is wrong.
    """
    assert await world.heal() == {}


async def test_every_page_is_looked_at(world):
    """
    Also beyond the first.
    """
    for n in range(600):
        await world.accounts.add_org(attrs.evolve(ACME, id=OrgId(f"org-{n:04}")))

    assert set((await world.suspects()).values()) == {Drift.MISSING}
    assert len(await world.suspects()) == 600


async def test_the_copy_is_older(world):
    """
    It is queued again.
    """
    await world.accounts.add_key(api_key())

    assert await world.heal() == {Drift.OLDER: 1}


async def test_the_copy_is_empty(world):
    """
    Everything is queued again.
    """
    fresh = World()
    for org in (ACME, OTHER):
        await fresh.accounts.add_org(org)

    assert await fresh.heal() == {Drift.MISSING: 2}


async def test_the_copy_is_newer(world):
    """
    As after a restored backup: the database goes on above it, or it would never be believed.
    """
    await world.keystore.put(snapshot(100, known_key("from the future")))

    assert await world.heal() == {Drift.NEWER: 1}
    assert (await world.accounts.org(ORG)).version > 100
    assert await world.keystore.keys([known_key("from the future").hash]) == {}


async def test_other_keys_at_the_same_version(world):
    """
    It is queued again.
    """
    version = (await world.accounts.org(ORG)).version
    await world.keystore.put(snapshot(version, known_key("odd")))

    assert await world.heal() == {Drift.KEYS: 1}
    assert await world.keystore.keys([known_key("odd").hash]) == {}


async def test_an_org_that_was_deleted(world):
    """
    Is removed with the version of its grave.
    """
    await world.accounts.remove_org(ORG)

    assert await world.heal() == {Drift.SURPLUS: 1}
    assert (await world.keystore.held([ORG]))[ORG].is_gone


async def test_an_org_that_nobody_knows(world):
    """
    Is removed, and does not come back with what somebody may have in hand.
    """
    stray = OrgId("stray")
    await world.keystore.put(snapshot(7, org=stray))

    assert await world.heal() == {Drift.SURPLUS: 1}
    assert not await world.keystore.put(snapshot(7, org=stray))


async def test_what_was_right_at_the_second_look(world):
    """
    Was only under way.
    """
    await world.accounts.add_key(api_key())
    suspects = await world.suspects()
    await world.sync_org(ORG)

    assert dict(await world.repair(suspects)) == {}
    assert dict(await world.repair({ORG: Drift.KEYS, OrgId("nobody"): Drift.SURPLUS})) == {}


async def test_an_org_that_goes_and_comes_between_the_looks(world):
    """
    Is neither removed nor queued.
    """

    class Late:
        """The org is there again, right after its version was asked for."""

        async def versions(self, orgs):
            return {}

    repair = attrs.evolve(world.repair, pages=Late())
    assert dict(await repair({ORG: Drift.SURPLUS})) == {}

    class Gone:
        """The org goes, right after its version was asked for."""

        async def versions(self, orgs):
            versions = await world.accounts.versions(orgs)
            await world.accounts.remove_org(ORG)
            return versions

    assert dict(await attrs.evolve(world.repair, pages=Gone())({ORG: Drift.KEYS})) == {}


async def test_a_half_removed_org(world):
    """
    Whose keys are still readable is removed again.
    """
    await world.accounts.add_key(api_key())
    await world.accounts.end_key(ORG, KeyId("id-one"), at=ManualClock().now())
    await world.accounts.remove_org(OTHER_ORG)

    assert await world.heal() == {Drift.OLDER: 1, Drift.SURPLUS: 1}
