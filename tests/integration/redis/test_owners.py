"""A keystore remembers the orgs of so many keys, and forgets the oldest."""

import pytest

from tests.contract.values import known_key, snapshot

from adapters.redis import keystore
from adapters.redis.keystore import RedisKeystore


OLD, NEW = known_key("old"), known_key("new")


@pytest.fixture(autouse=True)
def one_owner(monkeypatch):
    monkeypatch.setattr(keystore, "_MOST_OWNERS", 1)


async def test_key_that_is_forgotten_meanwhile_is_found(client):
    """
    A session whose key is missing would end as if it had been revoked.
    """
    store = RedisKeystore(client)
    await store.put(snapshot(1, OLD, NEW))
    assert await store.caller(OLD.hash)

    assert await store.keys([OLD.hash, NEW.hash]) == {OLD.hash: OLD, NEW.hash: NEW}
