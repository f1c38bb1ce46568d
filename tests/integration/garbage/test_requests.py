"""Requests that end are freed at once, answered, refused or given up."""

import asyncio

import aiohttp
import attrs
import pytest

from tests.integration.ws_proxy.test_bad_clients import idle
from tests.servers.garbage import collected
from tests.servers.gateway import MEMORY, Gateway, gateway, relaying_gateway
from tests.servers.raw import exchange, post

from adapters.gpu_http.health import health_of
from adapters.gpu_http.target import Target
from adapters.local_servers.server import free_port
from aldea_core.domain.access.limits import Limits


UNBOUND = Limits(requests_per_minute=None, concurrent_files=1000)
BOUNDED = Limits(requests_per_minute=None, concurrent_files=1000, quota_ms=10**9)
USED_UP = Limits(concurrent_files=0, concurrent_live=0)
AUDIO = bytes(3200)
RAW = "/v1/listen?encoding=linear16&sample_rate=16000"
UPGRADE = (
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)
SIZE = f"Content-Length: {len(AUDIO)}"


def get(key: str, *headers: str, path: str = RAW) -> bytes:
    return post(key, *headers, path=path).replace(b"POST", b"GET", 1)


REQUESTS = {
    "a file": (UNBOUND, lambda key: post(key, SIZE, path=RAW) + AUDIO, 200),
    "a file with a quota": (BOUNDED, lambda key: post(key, SIZE, path=RAW) + AUDIO, 200),
    "a chunked file": (
        UNBOUND,
        lambda key: post(key, "Transfer-Encoding: chunked", path=RAW) + b"1\r\n0\r\n0\r\n\r\n",
        200,
    ),
    "a file without audio": (UNBOUND, lambda key: post(key, "Content-Length: 0", path=RAW), 422),
    "a file too many": (USED_UP, lambda key: post(key, SIZE, path=RAW) + AUDIO, 429),
    "a stream too many": (USED_UP, lambda key: get(key, *UPGRADE), 429),
    "a stream without a key": (UNBOUND, lambda _: get("unknown", *UPGRADE), 401),
    "a stream with odd options": (
        UNBOUND,
        lambda key: get(key, *UPGRADE, path="/v1/listen?encoding=none"),
        400,
    ),
    "a stream without an upgrade": (UNBOUND, lambda key: get(key, *UPGRADE[2:]), 426),
}


@pytest.mark.parametrize("handler", [gateway, relaying_gateway], ids=["engine inside", "outside"])
@pytest.mark.parametrize("name", list(REQUESTS))
async def test_answered_request_leaves_nothing_to_the_collector(handler, name):
    limits, request_of, status = REQUESTS[name]
    async with handler(limits=limits) as served:
        await leaves_nothing(served, request_of(served.key), status)


@pytest.mark.parametrize("name", ["a file", "a stream"])
async def test_request_whose_engine_is_away_leaves_nothing_to_the_collector(name):
    away = (f"http://127.0.0.1:{free_port()}",)
    settings = attrs.evolve(MEMORY, ws_engines=away, file_engines=away)
    async with gateway(settings, UNBOUND) as served:
        key = served.key
        is_file = name == "a file"
        request = post(key, SIZE, path=RAW) + AUDIO if is_file else get(key, *UPGRADE)
        await leaves_nothing(served, request, 503)


async def test_health_check_of_a_dead_engine_leaves_nothing_to_the_collector():
    """
    It is asked again and again.
    """
    target = Target.parse(f"http://127.0.0.1:{free_port()}")
    async with aiohttp.ClientSession() as client:
        with collected() as found:
            for _ in range(3):
                health = await health_of(target, client, seconds=5)
                assert health.problem == "cannot be reached"

    assert found == {}


async def leaves_nothing(served: Gateway, request: bytes, status: int) -> None:
    assert (await exchange(served.port, request)).status == status
    await idle(served)
    with collected() as found:
        for _ in range(3):
            await exchange(served.port, request)
        await idle(served)
        await asyncio.sleep(0.1)

    assert found == {}
