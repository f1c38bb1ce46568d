"""Orgs and keys made, ended and synced."""

from datetime import timedelta

import pytest

from tests.servers.away import Away

from adapters.memory.accounts import MemoryAccounts
from adapters.memory.clock import ManualClock
from adapters.memory.keystore import MemoryKeystore
from adapters.memory.randomness import SeededRandomness
from aldea_core.domain.access.limits import Limits
from aldea_core.domain.errors import BadRequest, NotFound, Unavailable
from aldea_core.domain.ids import KeyId, OrgId
from aldea_core.use_cases.access.create_key import CreateKey
from aldea_core.use_cases.access.create_org import CreateOrg
from aldea_core.use_cases.access.end_key import RevokeKey, RotateKey
from aldea_core.use_cases.sync.sync_orgs import SyncOrg, SyncOrgs


class World:
    def __init__(self) -> None:
        self.clock = ManualClock()
        self.accounts = MemoryAccounts()
        self.keystore = MemoryKeystore()
        self.mirror = Away(self.keystore)
        randomness = SeededRandomness()
        self.create_org = CreateOrg(self.accounts, randomness, self.clock)
        self.create_key = CreateKey(self.accounts, randomness, self.clock)
        self.revoke_key = RevokeKey(self.accounts, self.clock)
        self.rotate_key = RotateKey(self.accounts, self.create_key, self.clock)
        sync_org = SyncOrg(self.accounts, self.mirror, self.clock)
        self.sync = SyncOrgs(self.accounts.changes, sync_org)

    async def opens(self, secret) -> bool:
        await self.sync()
        known = (await self.keystore.keys([secret.hash])).get(secret.hash)
        return known is not None and known.opens(at=self.clock.now())


@pytest.fixture
def world():
    return World()


class TestOrgs:
    async def test_an_org_is_made(self, world):
        """
        With its own limits, or the defaults.
        """
        org = await world.create_org("  Acme ", Limits(concurrent_live=1))

        assert (org.name, org.limits.concurrent_live) == ("Acme", 1)
        assert (await world.create_org("Other")).limits == Limits()

    @pytest.mark.parametrize("name", ["", "   ", "x" * 201])
    async def test_a_name_must_be_one(self, world, name):
        """
        Neither nothing nor a novel.
        """
        with pytest.raises(BadRequest, match="1 to 200"):
            await world.create_org(name)


class TestKeys:
    async def test_a_key_opens_once_it_is_synced(self, world):
        """
        And is kept as its hash alone.
        """
        org = await world.create_org("Acme")
        key, secret = await world.create_key(org.id, "laptop", tags=("a",))

        assert key.hash == secret.hash
        assert secret.reveal() not in repr(key)
        assert await world.opens(secret)

    @pytest.mark.parametrize(
        ("asked", "says"),
        [
            ({"scopes": frozenset()}, "scopes"),
            ({"scopes": frozenset({"everything"})}, "scopes"),
            ({"expires": ManualClock().now()}, "future"),
            ({"name": " "}, "name"),
        ],
    )
    async def test_what_makes_no_sense_is_refused(self, world, asked, says):
        """
        By what is wrong with it.
        """
        org = await world.create_org("Acme")
        with pytest.raises(BadRequest, match=says):
            await world.create_key(org.id, **{"name": "key", **asked})

    async def test_of_an_unknown_org(self, world):
        """
        There is none.
        """
        with pytest.raises(NotFound):
            await world.create_key(OrgId("nobody"), "key")

    async def test_a_revoked_key_opens_nothing(self, world):
        """
        From now on.
        """
        org = await world.create_org("Acme")
        key, secret = await world.create_key(org.id, "key")
        assert await world.opens(secret)
        await world.revoke_key(org.id, key.id)

        assert not await world.opens(secret)

    async def test_a_rotated_key_overlaps_with_the_new_one(self, world):
        """
        Which is like it in everything but its secret.
        """
        org = await world.create_org("Acme")
        key, old = await world.create_key(org.id, "key", scopes=frozenset({"admin"}), tags=("a",))

        made, new = await world.rotate_key(org.id, key.id, overlap=timedelta(hours=1))

        assert (made.name, made.scopes, made.tags) == (key.name, key.scopes, key.tags)
        assert await world.opens(old)
        assert await world.opens(new)
        world.clock.advance(3600)
        assert not await world.opens(old)
        assert await world.opens(new)

    @pytest.mark.parametrize("overlap", [timedelta(seconds=-1), timedelta(days=91)])
    async def test_an_overlap_has_bounds(self, world, overlap):
        """
        Neither the past nor for ever.
        """
        org = await world.create_org("Acme")
        key, _ = await world.create_key(org.id, "key")
        with pytest.raises(BadRequest, match="overlap"):
            await world.rotate_key(org.id, key.id, overlap=overlap)

    async def test_only_a_key_that_works_can_be_rotated(self, world):
        """
        A revoked one stays dead.
        """
        org = await world.create_org("Acme")
        key, _ = await world.create_key(org.id, "key")
        await world.revoke_key(org.id, key.id)
        for wrong in (key.id, KeyId("nobody")):
            with pytest.raises(NotFound):
                await world.rotate_key(org.id, wrong, overlap=timedelta(0))


class TestSync:
    async def test_changes_are_dealt_with_once(self, world):
        """
        An org that changed often is copied once.
        """
        org = await world.create_org("Acme")
        await world.create_key(org.id, "key")

        assert await world.sync() == 1
        assert world.mirror.calls == 1
        assert await world.sync() == 0

    async def test_no_change_is_lost_while_the_mirror_is_away(self, world):
        """
        It is there when the mirror returns.
        """
        org = await world.create_org("Acme")
        _, secret = await world.create_key(org.id, "key")
        world.mirror.is_away = True
        with pytest.raises(Unavailable):
            await world.sync()
        world.mirror.is_away = False

        assert await world.opens(secret)

    async def test_an_org_that_is_gone(self, world):
        """
        Is gone from the mirror too, and nothing that was held back brings it back.
        """
        org = await world.create_org("Acme")
        _, secret = await world.create_key(org.id, "key")
        held_back = await world.accounts.snapshot(org.id, at=world.clock.now())
        assert await world.opens(secret)
        await world.accounts.remove_org(org.id)

        assert not await world.opens(secret)
        assert not await world.keystore.put(held_back)
        assert not await world.opens(secret)

    async def test_an_org_that_never_was(self, world):
        """
        Is passed over.
        """
        await SyncOrg(world.accounts, world.mirror, world.clock)(OrgId("nobody"))

        assert world.mirror.calls == 0
