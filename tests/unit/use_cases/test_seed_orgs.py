"""Seeding the gateways' copy, sweeping it, and comparing it with the database."""

import pytest

from tests.contract.values import known_key, snapshot

from adapters.memory.accounts import MemoryAccounts
from adapters.memory.chance import SeededChance
from adapters.memory.clock import ManualClock
from adapters.memory.keystore import MemoryKeystore
from aldea_core.domain.differences import DifferenceKind, StrayKey
from aldea_core.domain.ids import OrgId
from aldea_core.domain.limits import Limits
from aldea_core.use_cases.compare_orgs import CompareOrgs, ListStrangers
from aldea_core.use_cases.create_key import CreateKey
from aldea_core.use_cases.create_org import CreateOrg
from aldea_core.use_cases.find_strangers import FindStrangers, NothingKnown, RemoveStrangers
from aldea_core.use_cases.seed_orgs import SeedOrgs
from aldea_core.use_cases.sync_orgs import SyncOrg


STRANGER = OrgId("stranger")


class Strays:
    """Documented keys of a store that others read too."""

    def __init__(self) -> None:
        self.keys = [StrayKey(known_key("stray").hash, STRANGER)]

    async def found(self):
        yield list(self.keys)

    async def still(self, keys):
        return [key for key in keys if key in self.keys]

    async def drop(self, keys):
        self.keys = [key for key in self.keys if key not in keys]
        return len(keys)


class World:
    def __init__(self) -> None:
        clock = ManualClock()
        self.accounts, self.store, self.strays = MemoryAccounts(), MemoryKeystore(), Strays()
        self.create_org = CreateOrg(self.accounts, SeededChance(), clock)
        self.create_key = CreateKey(self.accounts, SeededChance(seed=2), clock)
        self.seed = SeedOrgs(self.accounts, self.store, clock)
        self.sync = SyncOrg(self.accounts, self.store, clock)
        find = FindStrangers(self.accounts, self.store, clock)
        self.remove = RemoveStrangers(find, self.strays, self.sync, self.store)
        self.compare = CompareOrgs(self.accounts, self.accounts, self.store, clock)
        self.strangers = ListStrangers(find, self.strays)

    async def seeded(self, n: int) -> list:
        orgs = [await self.create_org(f"Org {k}") for k in range(n)]
        page = await self.seed.read(None)
        assert await self.seed.write(page) == 0
        assert not await self.seed.read(page[-1].org)
        return orgs


@pytest.fixture
def world():
    return World()


async def test_every_org_is_written(world):
    """
    What the copy knows newer stays, and is counted.
    """
    orgs = await world.seeded(3)
    page = await world.seed.read(None)
    await world.accounts.set_limits(orgs[0].id, Limits(concurrent_live=1))
    await world.sync(orgs[0].id)

    assert await world.seed.write(page) == 1
    assert (await world.store.standings([orgs[0].id]))[orgs[0].id].limits.concurrent_live == 1


async def test_strangers_are_removed(world):
    """
    Orgs that never were, orgs that were deleted, and keys that nobody has; nobody else.
    """
    orgs = await world.seeded(3)
    await world.store.put(snapshot(9, known_key("x", STRANGER), org=STRANGER))
    await world.accounts.remove_org(orgs[1].id)

    assert set(await world.strangers.orgs()) == {STRANGER, orgs[1].id}
    removed = await world.remove()

    assert (removed.orgs, removed.keys) == (2, 1)
    assert await world.strangers.orgs() == []
    assert await world.store.keys([known_key("x").hash]) == {}
    assert not await world.store.put(snapshot(9, known_key("x", STRANGER), org=STRANGER))
    again = await world.remove()
    assert (again.orgs, again.keys) == (0, 0)


async def test_an_empty_database_removes_nothing(world):
    """
    It is the wrong one.
    """
    await world.store.put(snapshot(9, known_key("x", STRANGER), org=STRANGER))

    with pytest.raises(NothingKnown):
        await world.remove()
    assert set(await world.store.keys([known_key("x").hash])) == {known_key("x").hash}


async def test_a_copy_that_is_right(world):
    """
    Has no suspects.
    """
    await world.seeded(3)
    page = await world.compare(None)

    assert (page.orgs, page.keys, list(page.suspects)) == (3, 0, [])
    assert (await world.compare(page.last)).last is None


async def test_suspects_are_looked_at_again(world):
    """
    Who was just changing is right by then; who is gone is somebody else's business.
    """
    orgs = await world.seeded(3)
    for org in orgs:
        await world.create_key(org.id, "key")
    suspects = (await world.compare(None)).suspects
    await world.sync(orgs[0].id)
    await world.accounts.remove_org(orgs[1].id)

    assert set(suspects) == {org.id for org in orgs}
    found = [each for org in orgs for each in await world.compare.look_again(org.id)]
    assert [(each.kind, each.org) for each in found] == [
        (DifferenceKind.STALE_VERSION, orgs[2].id),
    ]


async def test_strangers_are_told(world):
    """
    Those that still are.
    """
    orgs = await world.seeded(1)
    await world.store.put(snapshot(9, known_key("x", STRANGER), org=STRANGER))

    told = await world.strangers.look_again([STRANGER, orgs[0].id])
    assert [(each.kind, each.org) for each in told] == [(DifferenceKind.UNKNOWN_ORG, STRANGER)]
    strays = await world.strangers.keys()
    assert [each.kind for each in strays] == [DifferenceKind.STRAY_KEY]
