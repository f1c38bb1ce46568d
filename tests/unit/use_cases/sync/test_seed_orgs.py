"""Seeding the gateways' copy, sweeping it, and comparing it with the database."""

import pytest

from tests.contract.values import known_key, snapshot

from adapters.memory.accounts import MemoryAccounts
from adapters.memory.clock import ManualClock
from adapters.memory.keystore import MemoryFillMarks, MemoryKeystore
from adapters.memory.queue import MemoryOrgQueue
from adapters.memory.randomness import SeededRandomness
from aldea_core.domain.access.keys import KeyDraft
from aldea_core.domain.access.limits import Limits
from aldea_core.domain.ids import OrgId
from aldea_core.domain.sync.drift import DifferenceKind, OrphanKey, TooManyOrphans
from aldea_core.ports.orphan_keys import KeysPage
from aldea_core.use_cases.access.create_key import CreateKey
from aldea_core.use_cases.access.create_org import CreateOrg
from aldea_core.use_cases.sync.compare_orgs import CompareOrgs
from aldea_core.use_cases.sync.repair_drift import RepairDrift
from aldea_core.use_cases.sync.seed_orgs import SeedOrgs
from aldea_core.use_cases.sync.sync_orgs import SyncOrg


ORPHAN = OrgId("orphan")


class Documented:
    """Documented keys of a store that others read too."""

    def __init__(self) -> None:
        self.keys = [OrphanKey(known_key("orphan").hash, ORPHAN)]
        self.met = 10

    async def pages(self):
        yield KeysPage(self.met, list(self.keys))

    async def drop(self, keys):
        dropped = [key for key in self.keys if key in keys]
        self.keys = [key for key in self.keys if key not in keys]
        return dropped


class World:
    def __init__(self) -> None:
        clock = ManualClock()
        self.accounts, self.store, self.keys = MemoryAccounts(), MemoryKeystore(), Documented()
        self.create_org = CreateOrg(self.accounts, SeededRandomness(), clock)
        self.create_key = CreateKey(self.accounts, SeededRandomness(seed=2), clock)
        self.sync = SyncOrg(self.accounts, self.store, clock)
        self.compare = CompareOrgs(self.accounts, self.store, self.keys, clock)
        repair = RepairDrift(self.accounts, self.compare, self.store, self.keys, MemoryOrgQueue())
        self.seed = SeedOrgs(
            self.accounts,
            self.store,
            MemoryFillMarks(),
            self.compare,
            repair,
            SeededRandomness(seed=3),
            clock,
        )

    async def seeded(self, n: int) -> list:
        orgs = [await self.create_org(f"Org {k}") for k in range(n)]
        filling = await self.seed.begin()
        page = await self.seed.read(None)
        assert await self.seed.write(page) == 0
        assert not await self.seed.read(page[-1].org)
        assert await self.seed.finish(filling)
        return orgs

    async def hold(self, *orgs) -> None:
        for org in orgs:
            await self.store.put(snapshot(9, known_key(org, OrgId(org)), org=OrgId(org)))


@pytest.fixture
def world():
    return World()


async def test_every_org_is_written(world):
    """
    Newer copies in the store stay, and are counted.
    """
    orgs = await world.seeded(3)
    page = await world.seed.read(None)
    await world.accounts.set_limits(orgs[0].id, Limits(concurrent_live=1))
    await world.sync(orgs[0].id)

    assert await world.seed.write(page) == 1
    assert (await world.store.entitlements_of_orgs([orgs[0].id]))[
        orgs[0].id
    ].limits.concurrent_live == 1


async def test_orphans_are_removed(world):
    """
    Orgs that never existed, deleted orgs, and keys without an org.
    """
    orgs = await world.seeded(3)
    await world.hold(ORPHAN)
    await world.accounts.remove_org(orgs[1].id)

    assert set((await world.compare.orphan_orgs()).found) == {ORPHAN, orgs[1].id}
    removed = await world.seed.remove_orphans()

    assert (removed.orgs, removed.keys) == (2, 1)
    assert (await world.compare.orphan_orgs()).found == []
    assert await world.store.keys([known_key(ORPHAN).hash]) == {}
    assert not await world.store.put(snapshot(9, known_key(ORPHAN, ORPHAN), org=ORPHAN))
    again = await world.seed.remove_orphans()
    assert (again.orgs, again.keys) == (0, 0)


@pytest.mark.parametrize(("held", "known"), [(1, 0), (1, 1), (15, 1), (100, 1)])
async def test_a_wrong_database_writes_and_removes_nothing(world, held, known):
    """
    However few orgs there are, also if it knows some of them. Only force overrides this.
    """
    names = [f"theirs-{n}" for n in range(held)]
    await world.hold(*names)
    for n in range(known):
        await world.create_org(f"Wrong {n}")

    with pytest.raises(TooManyOrphans, match="right database") as refused:
        await world.seed.begin()
    assert (refused.value.orphans, refused.value.held) == (held, held)
    with pytest.raises(TooManyOrphans):
        await world.seed.remove_orphans()
    assert set(await world.store.entitlements_of_orgs([OrgId(name) for name in names])) == set(
        names
    )

    await world.seed.begin(force=True)
    assert (await world.seed.remove_orphans(force=True)).orgs == held


async def test_too_many_orphan_keys_are_not_removed(world):
    """
    Nor is any org then.
    """
    await world.seeded(3)
    await world.hold(ORPHAN)
    world.keys.met = 1

    with pytest.raises(TooManyOrphans, match="1 of the 1 keys"):
        await world.seed.remove_orphans()
    assert ORPHAN in await world.store.entitlements_of_orgs([ORPHAN])


async def test_correct_store_has_no_suspects(world):
    orgs = await world.seeded(3)
    (page,) = [page async for page in world.compare()]

    assert ([each.org for each in page.orgs], page.suspects) == (sorted(o.id for o in orgs), [])


async def test_suspects_are_checked_twice(world):
    """
    Orgs that were just changing are right by then; deleted ones are orphans.
    """
    orgs = await world.seeded(3)
    for org in orgs:
        await world.create_key(org.id, KeyDraft("key"))
    (page,) = [page async for page in world.compare()]
    await world.sync(orgs[0].id)
    await world.accounts.remove_org(orgs[1].id)
    await world.hold(ORPHAN)

    assert set(page.suspects) == {org.id for org in orgs}
    found = await world.compare.now([*(org.id for org in orgs), ORPHAN])
    assert [(each.kind, each.org) for org in found for each in org.differences] == [
        (DifferenceKind.ORPHAN_ORG, orgs[1].id),
        (DifferenceKind.STALE_VERSION, orgs[2].id),
        (DifferenceKind.ORPHAN_ORG, ORPHAN),
    ]
