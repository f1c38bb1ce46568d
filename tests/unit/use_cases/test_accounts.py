"""Creating, ending and syncing orgs and keys."""

from datetime import timedelta

import pytest

from tests.servers.away import Away

from adapters.memory.accounts import MemoryAccounts
from adapters.memory.clock import ManualClock
from adapters.memory.keystore import MemoryKeystore
from adapters.memory.randomness import SeededRandomness
from aldea_core.domain.access.keys import KeyDraft
from aldea_core.domain.access.limits import Limits
from aldea_core.domain.errors import BadRequest, Conflict, NotFound, Unavailable
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
    async def test_org_has_given_or_default_limits(self, world):
        org = await world.create_org("  Acme ", Limits(concurrent_live=1))

        assert (org.name, org.limits.concurrent_live) == ("Acme", 1)
        assert (await world.create_org("Other")).limits == Limits()

    @pytest.mark.parametrize("name", ["", "   ", "x" * 201])
    async def test_invalid_org_name_is_refused(self, world, name):
        """
        Empty or too long.
        """
        with pytest.raises(BadRequest, match="1 to 200"):
            await world.create_org(name)


class TestKeys:
    async def test_synced_key_is_valid(self, world):
        """
        Only its hash is stored.
        """
        org = await world.create_org("Acme")
        key, secret = await world.create_key(org.id, KeyDraft("laptop", tags=("a",)))

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
    async def test_invalid_key_request_is_refused(self, world, asked, says):
        """
        With the reason.
        """
        org = await world.create_org("Acme")
        with pytest.raises(BadRequest, match=says):
            await world.create_key(org.id, KeyDraft(**{"name": "key", **asked}))

    async def test_key_of_an_unknown_org_is_refused(self, world):
        with pytest.raises(NotFound):
            await world.create_key(OrgId("unknown"), KeyDraft("key"))

    async def test_revoked_key_is_refused(self, world):
        """
        At once.
        """
        org = await world.create_org("Acme")
        key, secret = await world.create_key(org.id, KeyDraft("key"))
        assert await world.opens(secret)
        await world.revoke_key(org.id, key.id)

        assert not await world.opens(secret)

    async def test_a_rotated_key_overlaps_with_the_new_one(self, world):
        """
        The new one equals it in everything but its secret.
        """
        org = await world.create_org("Acme")
        key, old = await world.create_key(
            org.id, KeyDraft("key", scopes=frozenset({"admin"}), tags=("a",))
        )

        made, new = await world.rotate_key(org.id, key.id, overlap=timedelta(hours=1))

        assert (made.name, made.scopes, made.tags) == (key.name, key.scopes, key.tags)
        assert await world.opens(old)
        assert await world.opens(new)
        world.clock.advance(3600)
        assert not await world.opens(old)
        assert await world.opens(new)

    @pytest.mark.parametrize("again", [timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)])
    async def test_key_is_rotated_once_within_an_overlap(self, world, again):
        """
        Requests that are repeated, or sent at the same time, make one key.
        """
        org = await world.create_org("Acme")
        key, _ = await world.create_key(org.id, KeyDraft("key"))
        await world.rotate_key(org.id, key.id, overlap=timedelta(hours=1))
        with pytest.raises(Conflict, match="rotated already"):
            await world.rotate_key(org.id, key.id, overlap=again)

        assert len(await world.accounts.keys(org.id)) == 2

    async def test_rotation_without_overlap_ends_an_overlap_that_runs(self, world):
        """
        A customer who rotated a key with an overlap, and then finds that it leaked, ends it so.
        """
        org = await world.create_org("Acme")
        key, old = await world.create_key(org.id, KeyDraft("key"))
        _, new = await world.rotate_key(org.id, key.id, overlap=timedelta(hours=1))
        assert await world.opens(old)
        _, newest = await world.rotate_key(org.id, key.id, overlap=timedelta(0))

        assert not await world.opens(old)
        assert await world.opens(new)
        assert await world.opens(newest)
        with pytest.raises(NotFound):
            await world.rotate_key(org.id, key.id, overlap=timedelta(0))

    @pytest.mark.parametrize("overlap", [timedelta(seconds=-1), timedelta(days=91)])
    async def test_overlap_is_bounded(self, world, overlap):
        """
        Neither negative nor unlimited.
        """
        org = await world.create_org("Acme")
        key, _ = await world.create_key(org.id, KeyDraft("key"))
        with pytest.raises(BadRequest, match="overlap"):
            await world.rotate_key(org.id, key.id, overlap=overlap)

    async def test_only_a_valid_key_can_be_rotated(self, world):
        """
        A revoked one stays revoked.
        """
        org = await world.create_org("Acme")
        key, _ = await world.create_key(org.id, KeyDraft("key"))
        await world.revoke_key(org.id, key.id)
        for wrong in (key.id, KeyId("unknown")):
            with pytest.raises(NotFound):
                await world.rotate_key(org.id, wrong, overlap=timedelta(0))


class TestSync:
    async def test_org_that_changed_often_is_copied_once(self, world):
        org = await world.create_org("Acme")
        await world.create_key(org.id, KeyDraft("key"))

        assert await world.sync() == 1
        assert world.mirror.calls == 1
        assert await world.sync() == 0

    async def test_no_change_is_lost_while_the_mirror_is_away(self, world):
        """
        It is copied when the mirror returns.
        """
        org = await world.create_org("Acme")
        _, secret = await world.create_key(org.id, KeyDraft("key"))
        world.mirror.is_away = True
        with pytest.raises(Unavailable):
            await world.sync()
        world.mirror.is_away = False

        assert await world.opens(secret)

    async def test_deleted_org_leaves_the_mirror(self, world):
        """
        No late snapshot restores it.
        """
        org = await world.create_org("Acme")
        _, secret = await world.create_key(org.id, KeyDraft("key"))
        held_back = await world.accounts.snapshot(org.id, at=world.clock.now())
        assert await world.opens(secret)
        await world.accounts.remove_org(org.id)

        assert not await world.opens(secret)
        assert not await world.keystore.put(held_back)
        assert not await world.opens(secret)

    async def test_unknown_org_is_skipped(self, world):
        sync_org = SyncOrg(world.accounts, world.mirror, world.clock)

        assert not await sync_org(OrgId("unknown"))

        assert world.mirror.calls == 0
