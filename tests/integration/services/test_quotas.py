"""Files and streams that race for the rest of a quota, and their bills."""

import asyncio
import json

from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import attrs
import pytest

from tests.servers.gateway import MEMORY, gateway
from tests.servers.redis import redis_cluster, redis_node
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from adapters.redis.usage import RedisUsageFeed
from aldea_core.domain.access.limits import Limits
from aldea_core.use_cases.billing.drain_usage import DrainUsage


RAW = "encoding=linear16&sample_rate=16000"
SECOND = bytes(range(256)) * 125
MANY = Limits(concurrent_files=100, concurrent_live=100, requests_per_minute=None)


@asynccontextmanager
async def served_on(store: str, quota_ms: int | None = None, **settings):
    """A gateway whose leases are kept in *store*."""
    async with AsyncExitStack() as stack:
        url = ""
        if store == "node":
            url = stack.enter_context(redis_node()).url
        elif store == "cluster":
            nodes = stack.enter_context(redis_cluster())
            url = nodes[0].url.replace("redis://", "redis+cluster://")
        made = attrs.evolve(MEMORY, redis_url=url, **settings)
        limits = attrs.evolve(MANY, quota_ms=quota_ms)
        yield await stack.enter_async_context(gateway(made, limits))


async def usage_of(served) -> list:
    services = served.services
    if services.stores.redis() is not None:
        await services.gateway.usage().deliver()
        await DrainUsage(
            RedisUsageFeed(services.stores.redis(), "test"), services.stores.ledger()
        )()
    return await served.usage()


async def post(served, seconds: int, query: str = RAW) -> tuple[int, dict, dict]:
    async with (
        aiohttp.ClientSession(headers=served.auth) as client,
        client.post(f"{served.url}/v1/listen?{query}", data=SECOND * seconds) as response,
    ):
        return response.status, dict(response.headers), await response.json()


async def stream(served, seconds: int, query: str = RAW) -> int:
    """All at once; the code it is closed with, or the status it is refused with."""
    url = f"{served.websocket}/v1/listen?{query}"
    try:
        async with connect(url, additional_headers=served.auth) as socket:
            for _ in range(seconds):
                await socket.send(SECOND)
            async for _ in socket:
                pass
            return 1000
    except InvalidStatus as refused:
        return refused.response.status_code
    except ConnectionClosed as closed:
        return closed.rcvd.code


STORES = pytest.mark.parametrize("store", ["memory", "node", "cluster"])


@STORES
async def test_racing_files_use_exactly_the_quota(store):
    async with served_on(store, 10_500) as served:
        answers = await asyncio.gather(*(post(served, 3) for _ in range(10)))
        usage = await usage_of(served)

    assert sorted(status for status, _, _ in answers) == [200] * 3 + [402] * 7
    assert sum(each.audio_ms for each in usage) == 9000


@STORES
async def test_racing_streams_end_with_4002_at_the_quota(store):
    """
    Billed is the quota, to the millisecond.
    """
    async with served_on(store, 25_000) as served:
        codes = await asyncio.gather(*(stream(served, 20) for _ in range(6)))
        usage = await usage_of(served)

    assert set(codes) <= {4002, 402}
    assert codes.count(4002) >= 3
    assert sum(each.audio_ms for each in usage) == 25_000


async def test_stream_continues_while_quota_is_left():
    """
    Also faster than it reserved; unused reservation is free for others.
    """
    async with served_on("memory", 60_000) as served:
        url = f"{served.websocket}/v1/listen?{RAW}"
        async with connect(url, additional_headers=served.auth) as socket:
            for _ in range(40):
                await socket.send(SECOND)
            await socket.send(json.dumps({"type": "CloseStream"}))
            async for _ in socket:
                pass
            assert socket.close_code == 1000
        status, _, _ = await post(served, 20)
        usage = await usage_of(served)

    assert status == 200
    assert sum(each.audio_ms for each in usage) == 60_000


@pytest.mark.parametrize(("multichannel", "billed"), [("true", 4000), ("false", 2000)])
async def test_multichannel_is_reserved_and_billed_per_channel(multichannel, billed):
    """
    Mixed channels count once.
    """
    query = f"{RAW}&channels=2&multichannel={multichannel}"
    async with served_on("memory", 8000) as served:
        status, _, _ = await post(served, 4, query)
        url = f"{served.websocket}/v1/listen?{query}"
        async with connect(url, additional_headers=served.auth) as socket:
            for _ in range(4):
                await socket.send(SECOND)
            await socket.send(json.dumps({"type": "CloseStream"}))
            async for _ in socket:
                pass
        usage = await usage_of(served)

    assert status == 200
    channels = billed // 2000
    assert [(each.audio_ms, each.channels) for each in usage] == [(billed, channels)] * 2


async def test_models_not_offered_are_400():
    """
    For files and streams; the ledger has the engine's model name, and none of what was refused.
    """
    async with served_on("memory", models=(("standard", "big"), ("fast", "small"))) as served:
        refused, _, said = await post(served, 1, f"{RAW}&model=nova-9")
        answers = [await post(served, 1, f"{RAW}{model}") for model in ("", "&model=fast")]
        stream_refused = await stream(served, 1, f"{RAW}&model=big")
        usage = await usage_of(served)

    assert (refused, stream_refused) == (400, 400)
    assert "these are: standard, fast" in said["error"]
    assert [status for status, _, _ in answers] == [200, 200]
    assert {(each.status, each.model) for each in usage} == {(400, ""), (200, "memory")}


async def test_file_responses_have_rate_limit_headers():
    async with gateway(limits=Limits(requests_per_minute=60, request_burst=5)) as served:
        _, headers, _ = await post(served, 1)

    assert headers["RateLimit-Policy"] == (
        '"concurrent_files";q=10;qu="concurrent-requests", "requests_per_minute";q=60;w=60'
    )
    assert headers["RateLimit"] == '"concurrent_files";r=9, "requests_per_minute";r=4;t=1'
    assert headers["X-RateLimit-Remaining"] == "9"
