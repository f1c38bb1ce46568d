"""The invalidation listener over connections that fall silent."""

import asyncio
import itertools

from contextlib import suppress

import pytest

from tests.contract.values import ORG, snapshot
from tests.servers.redis import redis_cluster, redis_node

from adapters.redis import invalidations
from adapters.redis.client import connect
from adapters.redis.invalidations import RedisInvalidations
from adapters.redis.keystore import RedisKeystore
from aldea_core.domain.errors import Unavailable


async def test_silent_connection_is_pinged_and_kept(client, monkeypatch):
    """
    A connection on which nothing is said for long is asked whether it is there, and goes on.
    """
    monkeypatch.setattr(invalidations, "_SILENCE_SECONDS", 0.3)
    store = RedisKeystore(client)
    await store.put(snapshot(1))
    async with RedisInvalidations(client).listen() as orgs:
        waiting = asyncio.create_task(anext(orgs))
        await asyncio.sleep(1)
        await store.put(snapshot(2))

        assert await waiting == ORG


@pytest.mark.parametrize("work", ["stop", "freeze"])
async def test_lost_store_is_detected(monkeypatch, work):
    """
    By a closed connection and by a frozen server.
    """
    monkeypatch.setattr(invalidations, "_SILENCE_SECONDS", 0.2)
    with redis_node() as node:
        client = connect(node.url)
        async with RedisInvalidations(client).listen() as orgs:
            getattr(node, work)()
            with pytest.raises(Unavailable):
                await anext(orgs)
        await client.close()


@pytest.mark.parametrize("scheme", ["redis", "redis+cluster"])
async def test_unreachable_store_is_logged_with_its_cause(scheme):
    client = connect(f"{scheme}://:hidden@127.0.0.1:9")
    with pytest.raises(Unavailable) as away:
        async with RedisInvalidations(client).listen():
            pass
    await client.close()

    assert "127.0.0.1" in away.value.why
    assert "hidden" not in away.value.in_full


async def test_listener_retries_until_the_cluster_is_up(monkeypatch):
    monkeypatch.setattr(invalidations, "_SILENCE_SECONDS", 0.5)
    with redis_cluster() as nodes:
        for node in nodes:
            node.stop()
        client = connect(nodes[0].url.replace("redis://", "redis+cluster://"))
        with pytest.raises(Unavailable):
            async with RedisInvalidations(client).listen():
                pass
        for node in nodes:
            node.start()
        async with asyncio.timeout(60):
            versions = itertools.count(1)
            while not await _receives(client, next(versions)):
                await asyncio.sleep(0.1)
        await client.close()


async def _receives(client, version: int) -> bool:
    with suppress(Unavailable, TimeoutError):
        async with RedisInvalidations(client).listen() as orgs, asyncio.timeout(5):
            await RedisKeystore(client).put(snapshot(version))
            return await anext(orgs) == ORG
    return False
