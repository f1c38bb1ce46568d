"""What every `StrayKeys` promises."""

from tests.contract.values import ORG, known_key, snapshot

from aldea_core.domain.differences import StrayKey


async def all_of(strays) -> list:
    return [key async for page in strays.found() for key in page]


class StrayKeysContract:
    """Subclasses give the fixtures `store`: an empty keystore, and `strays`: of the same."""

    async def test_what_is_somebodys_is_no_stray(self, store, strays):
        """
        Whatever is done about it.
        """
        keys = [known_key(f"key {n}") for n in range(1500)]
        await store.put(snapshot(1, *keys))
        theirs = [StrayKey(key.hash, ORG) for key in keys]

        assert await all_of(strays) == []
        assert list(await strays.still(theirs)) == []
        assert await strays.drop(theirs) == 0
        assert len(await store.keys([key.hash for key in keys])) == 1500

    async def test_what_was_taken_back_is_no_stray(self, store, strays):
        """
        Nothing is left of it.
        """
        await store.put(snapshot(1, known_key()))
        await store.put(snapshot(2))

        assert await all_of(strays) == []
