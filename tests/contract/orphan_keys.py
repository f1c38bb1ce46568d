"""What every `OrphanKeys` promises."""

from tests.contract.values import ORG, known_key, snapshot

from aldea_core.domain.sync.drift import OrphanKey


async def all_of(orphans) -> list:
    return [key async for page in orphans.pages() for key in page.orphans]


class OrphanKeysContract:
    """Subclasses give the fixtures `store`: an empty keystore, and `orphans`: of the same."""

    async def test_existing_key_is_no_orphan(self, store, orphans):
        """
        Nor can it be removed as one.
        """
        keys = [known_key(f"key {n}") for n in range(1500)]
        await store.put(snapshot(1, *keys))
        theirs = [OrphanKey(key.hash, ORG) for key in keys]

        assert await all_of(orphans) == []
        assert list(await orphans.still(theirs)) == []
        assert list(await orphans.drop(theirs)) == []
        assert len(await store.keys([key.hash for key in keys])) == 1500

    async def test_revoked_key_is_no_orphan(self, store, orphans):
        """
        No trace of it is left.
        """
        await store.put(snapshot(1, known_key()))
        await store.put(snapshot(2))

        assert await all_of(orphans) == []
