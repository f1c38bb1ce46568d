"""Hearing of changes over real connections that fall silent."""

import asyncio

import pytest

from tests.contract.values import ORG, snapshot
from tests.servers.redis import redis_node

from adapters.redis import announcements
from adapters.redis.announcements import RedisAnnouncements
from adapters.redis.client import connect
from adapters.redis.keystore import RedisKeystore
from aldea_core.domain.errors import Unavailable


async def test_silence_is_no_loss(client, monkeypatch):
    """
    A connection on which nothing is said for long is asked whether it is there, and goes on.
    """
    monkeypatch.setattr(announcements, "_SILENCE_SECONDS", 0.05)
    store = RedisKeystore(client)
    await store.put(snapshot(1))
    async with RedisAnnouncements(client).listen() as heard:
        waiting = asyncio.create_task(anext(heard))
        await asyncio.sleep(0.5)
        await store.put(snapshot(2))

        assert await waiting == ORG


@pytest.mark.parametrize("deed", ["stop", "freeze"])
async def test_a_store_that_is_lost(monkeypatch, deed):
    """
    Is noticed, though nothing is said in either case.
    """
    monkeypatch.setattr(announcements, "_SILENCE_SECONDS", 0.2)
    with redis_node() as node:
        client = connect(node.url)
        async with RedisAnnouncements(client).listen() as heard:
            getattr(node, deed)()
            with pytest.raises(Unavailable):
                await anext(heard)
        await client.close()


async def test_nobody_is_there():
    """
    Nothing can be heard.
    """
    client = connect("redis://127.0.0.1:9")
    with pytest.raises(Unavailable):
        async with RedisAnnouncements(client).listen():
            pass
    await client.close()
