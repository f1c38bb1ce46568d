"""
Streams that end are freed at once, with the audio they kept.

What holds itself in a circle waits for the garbage collector: tens of thousands of objects, in which
the audio of a thousand streams may be kept, and work on memory that no cache has any more.
"""

import asyncio
import json

from contextlib import suppress

import pytest

from tests.integration.ws_proxy.test_bad_clients import BINARY, CLOSE, SECOND, TEXT, Raw, idle
from tests.servers.garbage import collected
from tests.servers.gateway import PATHS

from aldea_core.domain.access.limits import Limits


UNBOUND = Limits(requests_per_minute=None, concurrent_live=1000)
BOUNDED = Limits(requests_per_minute=None, concurrent_live=1000, quota_ms=10**9)
STREAMS = 3


@pytest.fixture(params=[UNBOUND, BOUNDED], ids=["no quota", "a quota"])
def limits(request):
    return request.param


@pytest.fixture(params=list(PATHS))
def handler(request):
    return PATHS[request.param]


async def closes(client: Raw) -> None:
    client.send(CLOSE, (1000).to_bytes(2))
    await client.close_code()


async def finishes(client: Raw) -> None:
    client.send(BINARY, SECOND)
    client.send(BINARY, SECOND)
    client.send(TEXT, json.dumps({"type": "CloseStream"}).encode())
    await client.close_code()


async def hangs_up(client: Raw) -> None:
    client.send(BINARY, SECOND)
    client.writer.transport.abort()


async def breaks_the_protocol(client: Raw) -> None:
    client.send(BINARY, SECOND, masked=False)
    await client.close_code()


@pytest.mark.parametrize("ends", [closes, finishes, hangs_up, breaks_the_protocol])
async def test_ended_stream_leaves_nothing_to_the_collector(handler, limits, ends):
    async with handler(limits=limits) as served:

        async def stream() -> None:
            client = await Raw.open(served)
            await ends(client)
            client.writer.close()
            with suppress(ConnectionError):
                await client.writer.wait_closed()

        await stream()
        await idle(served)
        with collected() as found:
            for _ in range(STREAMS):
                await stream()
            await idle(served)
            await asyncio.sleep(0.1)

    assert found == {}
