"""The documented keys never go back in time, despite late or dying writers."""

import itertools

from contextlib import suppress
from datetime import timedelta

import pytest

from tests.contract.values import ORG, known_key, snapshot

from adapters.redis.client import RedisClient
from adapters.redis.keystore import RedisKeystore
from adapters.system.clock import SystemClock
from aldea_core.domain.errors import Unavailable


REVOKED, KEPT = known_key("revoked"), known_key("kept")
# Of a put: before its mirror, its set, its other keys, and before what it takes back at the end.
PAUSES = range(4)


class Halting:
    """A connection that something happens on before its n-th round trip."""

    def __init__(self, connection, n, meanwhile) -> None:
        self._connection = connection
        self._left = n
        self._meanwhile = meanwhile

    def pipeline(self, **more):
        pipeline = self._connection.pipeline(**more)
        execute = pipeline.execute

        async def halting(**more):
            await self._step()
            return await execute(**more)

        pipeline.execute = halting
        return pipeline

    async def execute_command(self, *args):
        await self._step()
        return await self._connection.execute_command(*args)

    async def _step(self) -> None:
        self._left -= 1
        if self._left == -1:
            await self._meanwhile()


async def published(client) -> dict[str, object]:
    redis = client.connection
    limits = await redis.hgetall(f"org:{ORG}:limits")
    return {
        "set": await redis.smembers(f"org:{ORG}:api_keys"),
        "owners": {
            key.hash for key in (REVOKED, KEPT) if await redis.get(f"apikey:{key.hash}") is not None
        },
        "version": limits.get("version"),
    }


def halted(client, pause, meanwhile) -> RedisKeystore:
    return RedisKeystore(RedisClient(Halting(client.connection, pause, meanwhile)))


@pytest.mark.parametrize("pause", PAUSES)
async def test_late_writer_changes_nothing(client, pause):
    """
    A writer that paused at any step with an older snapshot.
    """
    store = RedisKeystore(client)

    async def meanwhile() -> None:
        await store.put(snapshot(3, KEPT))
        assert await published(client) == newest

    newest = {"set": {KEPT.hash}, "owners": {KEPT.hash}, "version": "3"}
    await store.put(snapshot(1, REVOKED, known_key("older")))
    await halted(client, pause, meanwhile).put(snapshot(2, REVOKED, KEPT))

    assert await published(client) == newest
    assert set(await store.keys([REVOKED.hash, KEPT.hash])) == {KEPT.hash}


@pytest.mark.parametrize("pause", PAUSES)
async def test_late_writer_does_not_restore_a_deleted_org(client, pause):
    store = RedisKeystore(client)

    async def meanwhile() -> None:
        await store.remove(ORG, 4)

    await store.put(snapshot(1, known_key("older")))
    await halted(client, pause, meanwhile).put(snapshot(2, REVOKED, KEPT))

    assert await published(client) == {"set": set(), "owners": set(), "version": None}
    assert not await store.put(snapshot(3, REVOKED, KEPT))
    assert await published(client) == {"set": set(), "owners": set(), "version": None}


@pytest.mark.parametrize(("first", "second"), [*itertools.product(PAUSES, repeat=2)])
async def test_retry_repairs_a_writer_that_died(client, first, second):
    """
    At any step, after any other death.
    """

    async def die() -> None:
        raise Unavailable("keystore")

    store = RedisKeystore(client)
    await store.put(snapshot(1, REVOKED))
    for pause, put in ((first, snapshot(2, REVOKED, KEPT)), (second, snapshot(3, KEPT))):
        with suppress(Unavailable):
            await halted(client, pause, die).put(put)
    assert await store.put(snapshot(3, KEPT))

    assert await published(client) == {"set": {KEPT.hash}, "owners": {KEPT.hash}, "version": "3"}


async def test_expired_key_leaves_the_documented_keys(client):
    """
    Without a writer.
    """
    now = SystemClock().now()
    ending = known_key("revoked", expires=now + timedelta(hours=1))
    ended = known_key("kept", expires=now - timedelta(hours=1))
    await RedisKeystore(client).put(snapshot(1, ending, ended))

    assert (await published(client))["owners"] == {ending.hash}
    assert 3590 < await client.connection.ttl(f"apikey:{ending.hash}") <= 3600


async def test_tombstones_expire_after_a_day(client):
    """
    No process holds an old snapshot for longer.
    """
    store, redis = RedisKeystore(client), client.connection
    await store.put(snapshot(1, REVOKED))
    await store.remove(ORG, 2)
    names = [f"apikey:{REVOKED.hash}", f"org:{ORG}:api_keys", f"org:{ORG}:limits"]

    for name in [f"mirror:{{{ORG}}}", *(f"since:{{{name}}}" for name in names)]:
        assert 86_390 < await redis.ttl(name) <= 86_400
