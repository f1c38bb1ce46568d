"""What every `KeystoreSnapshots` promises."""

import attrs

from tests.contract.values import NOW, ORG, OTHER_ORG, after, known_key, snapshot

from aldea_core.domain.access.key_limits import KeyLimits
from aldea_core.domain.sync.drift import differences


async def _all(keystore_snapshots) -> set:
    return {org async for page in keystore_snapshots.orgs() for org in page}


class KeystoreSnapshotsContract:
    """Subclasses give the fixtures `store`: an empty keystore, and `keystore_snapshots`: of the same."""

    async def test_unknown_org_is_not_held(self, store, keystore_snapshots):
        assert await keystore_snapshots.held([ORG]) == {}
        assert await keystore_snapshots.held([]) == {}
        assert await _all(keystore_snapshots) == set()

    async def test_put_snapshot_has_no_drift(self, store, keystore_snapshots):
        # Redis forgets documented keys by its own clock.
        mine = snapshot(3, known_key("a"), known_key("b", expires=after(10**9)), quota_ms=7)
        theirs = snapshot(1, org=OTHER_ORG)
        await store.put_all([mine, theirs])

        held = await keystore_snapshots.held([ORG, OTHER_ORG])

        assert await _all(keystore_snapshots) == {ORG, OTHER_ORG}
        assert differences(mine, held[ORG], at=NOW) == ()
        assert differences(theirs, held[OTHER_ORG], at=NOW) == ()
        assert held[ORG].is_live

    async def test_key_that_expired_since_is_no_drift(self, store, keystore_snapshots):
        await store.put(snapshot(3, known_key("a"), known_key("b", expires=after(60))))
        held = await keystore_snapshots.held([ORG])

        assert not differences(snapshot(3, known_key("a")), held[ORG], at=after(61))
        assert differences(snapshot(3, known_key("a")), held[ORG], at=NOW)

    async def test_other_keys_are_drift(self, store, keystore_snapshots):
        """
        More, fewer, or the same with other scopes, models or limits.
        """
        key = known_key("a")
        await store.put(snapshot(3, key))
        held = (await keystore_snapshots.held([ORG]))[ORG]

        others = [
            attrs.evolve(key, scopes=frozenset({"admin"})),
            attrs.evolve(key, models=("small",)),
            attrs.evolve(key, limits=KeyLimits(requests_per_minute=1)),
        ]
        for keys in ([], [key, known_key("b")], *([other] for other in others)):
            assert differences(snapshot(3, *keys), held, at=NOW)

    async def test_tombstone_is_held_and_not_live(self, store, keystore_snapshots):
        await store.put(snapshot(3, known_key("a")))
        await store.remove(ORG, 4)

        held = (await keystore_snapshots.held([ORG]))[ORG]

        assert (held.version, held.is_gone, held.is_live) == (4, True, False)

    async def test_more_orgs_than_one_page(self, store, keystore_snapshots):
        """
        More than are asked for at once.
        """
        orgs = [f"org-{n}" for n in range(700)]
        await store.put_all([snapshot(1, known_key(org, org), org=org) for org in orgs])

        assert await _all(keystore_snapshots) == set(orgs)
        assert set(await keystore_snapshots.held(orgs)) == set(orgs)
