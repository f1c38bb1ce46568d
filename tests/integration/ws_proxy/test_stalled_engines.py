"""
Clients of an engine that takes nothing for a while: their pings are answered, nothing is lost, and what
waits is bounded.
"""

import asyncio

from contextlib import asynccontextmanager

import attrs
import psutil
import pytest

from tests.servers.gateway import MEMORY, gateway
from tests.servers.stage import finals_of
from tests.servers.stalled import StalledEngine
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed


SECOND = bytes(range(256)) * 125
QUERY = "encoding=linear16&sample_rate=16000"


@asynccontextmanager
async def stalled(settings=MEMORY, **more):
    """A gateway whose engine is in its process, and the engine."""
    engine = StalledEngine()
    async with gateway(settings, live_engine=engine, **more) as served:
        yield served, engine


@asynccontextmanager
async def stalled_behind(settings=MEMORY):
    """A gateway that relays to an engine service, and that service's engine."""
    token = {"engine_token": "between-us"}
    behind = attrs.evolve(MEMORY, **token, lead_seconds=1e6)
    async with stalled(behind, is_engine=True) as (service, engine):
        front = attrs.evolve(settings, ws_engines=(service.url,), **token)
        async with gateway(front) as served:
            yield served, engine


PATHS = {"in the process": stalled, "behind a socket": stalled_behind}


@pytest.fixture(params=list(PATHS))
def path(request):
    return PATHS[request.param]


def stream_to(served, **options):
    url = f"{served.websocket}/v1/listen?{QUERY}"
    return connect(url, additional_headers=served.auth, ping_interval=None, **options)


async def pong(socket) -> None:
    async with asyncio.timeout(10):
        await (await socket.ping())


async def test_pings_are_answered_while_the_engine_stalls(path):
    """
    Behind more audio than any network holds. Afterwards the engine gets all of it, in order.
    """
    async with path() as (served, engine), stream_to(served) as socket:
        for n in range(50):
            await socket.send(bytes([n]) * len(SECOND))
            if n % 10 == 9:
                await socket.send('{"type":"KeepAlive"}')
        await pong(socket)
        assert not engine.took
        engine.go_on.set()
        await socket.send('{"type":"CloseStream"}')
        found = await finals_of(socket)

        assert socket.close_code == 1000
        assert sum(duration for _, duration, _ in found) == 50
        (record,) = await served.usage()
        assert record.audio_ms == 50_000


async def test_audio_that_waits_is_bounded(path):
    """
    Half of what may be kept for a replay; then the client is not read, but pinged.
    """
    settings = attrs.evolve(MEMORY, lead_seconds=1e6)
    process = psutil.Process()
    async with path(settings) as (served, engine), stream_to(served) as socket:
        before = process.memory_info().rss

        async def flood() -> None:
            while True:
                await socket.send(SECOND)

        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await flood()
        # The client's own end, and the gateways' of both paths, are in this process.
        assert process.memory_info().rss - before < 40 * 2**20
        assert not engine.took
        socket.transport.abort()


async def test_client_that_leaves_while_the_engine_stalls_frees_its_place(path):
    async with path() as (served, _):
        async with stream_to(served) as socket:
            for _ in range(20):
                await socket.send(SECOND)
            await pong(socket)
        async with asyncio.timeout(10):
            while await served.open_sessions():
                await asyncio.sleep(0.05)


async def test_large_message_ahead_of_real_time_is_waited_for():
    """
    Longer than an engine is that takes nothing.
    """
    settings = attrs.evolve(MEMORY, lead_seconds=1)
    async with gateway(settings) as served, stream_to(served) as socket:
        (running,) = served.services.gateway.running()._slot_of
        running.session.bounds = attrs.evolve(running.session.bounds, finish=1)
        await socket.send(SECOND * 8)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(4):
                while True:
                    await socket.recv()
        try:
            await socket.send('{"type":"CloseStream"}')
            await finals_of(socket)
        except ConnectionClosed:
            pass

        assert socket.close_code == 1000
