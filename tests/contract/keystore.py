"""What every `Keystore` and `OrgMirror` promises, with its `Invalidations`."""

import itertools

import attrs
import pytest

from tests.contract.values import FAR_OFF, ORG, OTHER_ORG, known_key, snapshot

from aldea_core.domain.access.callers import Caller
from aldea_core.domain.access.key_limits import KeyLimits
from aldea_core.domain.access.limits import OrgStatus
from aldea_core.domain.ids import OrgId


class KeystoreContract:
    """
    Subclasses give the fixtures `store`, an empty store that is both ports, and `invalidations`,
    through which it publishes changes.
    """

    async def test_unknown_keys_and_orgs_are_not_found(self, store):
        """
        Unknown keys and orgs are not there.
        """
        assert await store.keys([known_key().hash]) == {}
        assert await store.entitlements_of_orgs([ORG]) == {}
        assert await store.caller(known_key().hash) is None

    async def test_empty_lookup_is_empty(self, store):
        assert await store.keys([]) == {}
        assert await store.entitlements_of_orgs([]) == {}

    async def test_snapshot_round_trips(self, store):
        """
        With scopes, expiry, tags, models, limits, status and version.
        """
        key = known_key(
            scopes=frozenset({"admin", "usage:read"}), expires=FAR_OFF, tags=("one", "zwei é")
        )
        other = known_key("b", models=("small", "large"), limits=KeyLimits(2, None, 5000))
        put = snapshot(7, key, other, status=OrgStatus.SUSPENDED, quota_ms=5, concurrent_live=3)

        assert await store.put(put)

        assert await store.keys([key.hash, other.hash, known_key("c").hash]) == {
            key.hash: key,
            other.hash: other,
        }
        assert await store.entitlements_of_orgs([ORG, OTHER_ORG]) == {ORG: put.entitlements}
        assert await store.caller(key.hash) == Caller(key, put.entitlements)
        assert await store.caller(known_key("c").hash) is None

    async def test_spending_cap_is_marked_as_one(self, store):
        """
        Until the org has none.
        """
        for version, is_capped in ((1, True), (2, False)):
            put = snapshot(version, known_key(), quota_ms=5)
            put = attrs.evolve(
                put, entitlements=attrs.evolve(put.entitlements, is_capped=is_capped)
            )
            await store.put(put)

            assert await store.entitlements_of_orgs([ORG]) == {ORG: put.entitlements}
            assert await store.caller(known_key().hash) == Caller(known_key(), put.entitlements)

    async def test_absent_limit_is_none_not_the_default(self, store):
        """
        `None` comes back as None.
        """
        put = snapshot(1, requests_per_minute=None, quota_ms=None)
        await store.put(put)

        assert await store.entitlements_of_orgs([ORG]) == {ORG: put.entitlements}

    async def test_a_newer_snapshot_replaces_an_older_one(self, store):
        """
        Keys that it lacks are removed.
        """
        old, kept, new = known_key("old"), known_key("kept"), known_key("new")
        await store.put(snapshot(1, old, kept))

        assert await store.put(snapshot(2, kept, new, concurrent_live=1))

        assert set(await store.keys([old.hash, kept.hash, new.hash])) == {kept.hash, new.hash}
        assert (await store.entitlements_of_orgs([ORG]))[ORG].limits.concurrent_live == 1

    async def test_revoked_key_and_removed_org_are_not_found(self, store):
        key, other = known_key("one"), known_key("other")
        await store.put(snapshot(1, key, other))
        assert await store.caller(key.hash) is not None
        assert await store.caller(other.hash) is not None

        await store.put(snapshot(2, other))
        assert await store.caller(key.hash) is None
        assert await store.caller(other.hash) is not None
        await store.remove(ORG, 3)
        assert await store.caller(other.hash) is None

    async def test_older_snapshot_is_ignored(self, store):
        """
        It never brings a revoked key back.
        """
        revoked = known_key("revoked")
        await store.put(snapshot(2))

        assert not await store.put(snapshot(1, revoked, concurrent_live=99))

        assert await store.keys([revoked.hash]) == {}
        assert await store.caller(revoked.hash) is None
        assert (await store.entitlements_of_orgs([ORG]))[ORG].version == 2

    async def test_putting_a_snapshot_is_idempotent(self, store):
        key = known_key()
        put = snapshot(3, key)
        await store.put(put)

        assert await store.put(put)
        assert await store.keys([key.hash]) == {key.hash: key}

    @pytest.mark.parametrize("order", list(itertools.permutations([1, 2, 3])))
    async def test_newest_snapshot_wins_in_any_order(self, store, order):
        """
        The newest snapshot stands, whichever came last.
        """
        keys = {version: known_key(str(version)) for version in order}
        for version in order:
            await store.put(snapshot(version, keys[version]))

        assert set(await store.keys([key.hash for key in keys.values()])) == {keys[3].hash}

    async def test_changed_expiry_reaches_an_existing_key(self, store):
        """
        A new expiry reaches a key that is there already.
        """
        await store.put(snapshot(1, known_key()))
        ending = known_key(expires=FAR_OFF)
        await store.put(snapshot(2, ending))

        assert (await store.keys([ending.hash]))[ending.hash].expires == FAR_OFF

    async def test_orgs_are_independent(self, store):
        """
        One may be removed without the other noticing.
        """
        mine, theirs = known_key("a"), known_key("b", OTHER_ORG)
        await store.put(snapshot(1, mine))
        await store.put(snapshot(1, theirs, org=OTHER_ORG))

        assert await store.remove(ORG, 1)

        assert set(await store.keys([mine.hash, theirs.hash])) == {theirs.hash}
        entitlements_of_orgs = await store.entitlements_of_orgs([ORG, OTHER_ORG])
        assert entitlements_of_orgs[ORG].status is OrgStatus.SUSPENDED
        assert entitlements_of_orgs[OTHER_ORG].status is OrgStatus.ACTIVE

    async def test_outdated_removal_is_ignored(self, store):
        """
        A newer version stays.
        """
        key = known_key()
        await store.put(snapshot(5, key))

        assert not await store.remove(ORG, 4)
        assert set(await store.keys([key.hash])) == {key.hash}

    @pytest.mark.parametrize("late", [1, 2])
    async def test_late_snapshot_does_not_restore_a_removed_org(self, store, late):
        """
        A late snapshot from before its end changes nothing, though it is the newest there was.
        """
        key = known_key()
        await store.put(snapshot(1, key))
        await store.remove(ORG, 2)

        assert not await store.put(snapshot(late, key))
        assert await store.keys([key.hash]) == {}
        assert await store.caller(key.hash) is None
        assert (await store.entitlements_of_orgs([ORG]))[ORG].status is OrgStatus.SUSPENDED

    async def test_an_unknown_org_may_be_removed(self, store):
        """
        Any number of times; its late snapshots are refused.
        """
        assert await store.remove(ORG, 5)
        assert await store.remove(ORG, 5)

        assert not await store.put(snapshot(4, known_key()))

    async def test_batch_put_equals_single_puts(self, store):
        """
        Outdated ones in it are ignored.
        """
        orgs = [OrgId(f"org-{n}") for n in range(1500)]
        keys = [known_key(f"key {n}", org) for n, org in enumerate(orgs)]
        await store.put(snapshot(2, org=orgs[7]))
        many = [snapshot(1, key, org=org) for org, key in zip(orgs, keys, strict=True)]

        assert await store.put_all(many) == len(orgs) - 1
        assert await store.put_all([]) == 0
        assert set(await store.keys([key.hash for key in keys])) == {
            key.hash for key in keys if key.org != orgs[7]
        }

    async def test_replaced_snapshot_sends_an_invalidation(self, store, invalidations):
        """
        Once for each newer version, after it is readable. An org that was not stored sends none.
        """
        key = known_key()
        await store.put(snapshot(1, known_key("b", OTHER_ORG), org=OTHER_ORG))
        async with invalidations.listen() as orgs:
            await store.put(snapshot(1, key))  # it was not known
            await store.put(snapshot(1, key))  # nothing is new
            await store.put(snapshot(2))
            assert await anext(orgs) == ORG
            assert await store.keys([key.hash]) == {}
            await store.put(snapshot(1, key))  # too late
            await store.put_all([snapshot(2, org=OTHER_ORG)])
            assert await anext(orgs) == OTHER_ORG
            await store.remove(ORG, 3)
            assert await anext(orgs) == ORG
            assert (await store.entitlements_of_orgs([ORG]))[ORG].status is OrgStatus.SUSPENDED

    async def test_org_with_a_thousand_keys(self, store):
        """
        An org may have a thousand.
        """
        keys = [known_key(f"key {n}") for n in range(1000)]
        await store.put(snapshot(1, *keys))

        assert len(await store.keys([key.hash for key in keys])) == 1000
