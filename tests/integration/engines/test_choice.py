"""The pool's choice of an engine, and its reaction to failures."""

import asyncio
import logging

import aiohttp
import attrs
import pytest

from tests.servers.foreign import foreign_engine
from tests.servers.gateway import MEMORY, gateway
from websockets.asyncio.client import connect

from adapters.gpu_http.breaker import CircuitState
from adapters.memory.engines import MemoryEngine
from aldea_core.domain.access.limits import Limits
from aldea_core.domain.errors import EngineUnavailable
from aldea_core.domain.ids import SessionId
from aldea_core.domain.transcripts.audio import RawFormat
from aldea_core.domain.transcripts.options import FileOptions, FileRequest, LiveOptions, LiveRequest
from aldea_core.protocol.engine_headers import BEHIND
from aldea_core.protocol.websocket_handshake import accept_of


UNBOUND = Limits(requests_per_minute=None, concurrent_live=1000, concurrent_files=1000)
SECOND = bytes(range(256)) * 125
LIVE = LiveRequest(SessionId("s"), LiveOptions())
FILE = FileRequest(SessionId("s"), FileOptions(raw=RawFormat()))


class Silent:
    """A server that takes connections and says what the test wants, or nothing."""

    def __init__(self):
        self.connected = asyncio.Event()
        self.said = b""
        self.then_leaves = False

    async def serve(self, reader, writer):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            if b"/healthz" not in head:
                self.connected.set()
                key = head.partition(b"Sec-WebSocket-Key: ")[2].partition(b"\r\n")[0]
                writer.write(self.said.replace(b"ACCEPT", accept_of(key)))
            if self.then_leaves:
                writer.write_eof()
            await reader.read()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@pytest.fixture
async def silent():
    server = Silent()
    async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as options:
        server.url = f"http://127.0.0.1:{options.sockets[0].getsockname()[1]}"
        yield server


def before(*urls):
    """A gateway before these engines."""
    return gateway(attrs.evolve(MEMORY, ws_engines=urls, file_engines=urls), UNBOUND)


async def body(*chunks):
    for chunk in chunks:
        yield chunk


async def test_cancelled_probe_keeps_the_breaker_open(silent):
    """
    The next request may be the probe.
    """
    async with before(silent.url) as front:
        pool = front.services.gateway.live_engine()
        (engine,) = pool._live
        engine.breaker.failed(front.services.stores.clock().monotonic() - 10)
        probe = asyncio.create_task(pool.open_frames(LIVE))
        await silent.connected.wait()
        assert engine.breaker.state is CircuitState.HALF_OPEN
        probe.cancel()
        await asyncio.gather(probe, return_exceptions=True)

        assert engine.breaker.state is CircuitState.OPEN
        assert engine.breaker.allows(front.services.stores.clock().monotonic())
        assert engine.outstanding == 0


async def test_probe_with_a_failing_body_keeps_the_breaker_open(silent):
    """
    The client's body failed, not the engine.
    """

    async def broken():
        yield SECOND
        raise EngineUnavailable  # whatever it is, it came from the body

    async with before(silent.url) as front:
        pool = front.services.gateway.file_engine()
        (engine,) = pool._file
        engine.breaker.failed(front.services.stores.clock().monotonic() - 10)
        with pytest.raises(EngineUnavailable):
            await pool.transcribe(FILE, broken())

        assert engine.breaker.state is CircuitState.OPEN


async def test_new_streams_go_to_engines_that_keep_up():
    """
    Whatever their load; to a lagging engine only if there is no other.
    """
    async with (
        foreign_engine() as first,
        foreign_engine() as second,
        before(first.url, second.url) as front,
    ):
        pool = front.services.gateway.live_engine()
        slow, fast = pool._live
        slow.behind = 10.0
        connections = [await pool.open_frames(LIVE) for _ in range(6)]
        assert (slow.outstanding, fast.outstanding) == (0, 6)

        fast.capacity = 6
        connections.append(await pool.open_frames(LIVE))
        assert slow.outstanding == 1
        for connection in connections:
            connection.abort()


async def test_health_response_has_the_engines_lag(monkeypatch):
    """
    The pool uses it.
    """
    monkeypatch.setattr(MemoryEngine, "behind", lambda _: 7.2)
    async with gateway(attrs.evolve(MEMORY, engine_token=""), is_engine=True) as engine:
        async with (
            aiohttp.ClientSession() as client,
            client.get(f"{engine.url}/healthz") as response,
        ):
            assert response.headers[BEHIND] == "7.2"
        async with before(engine.url) as front:
            pool = front.services.gateway.live_engine()
            (member,) = pool._live
            assert await pool._is_well(member)
            assert member.behind == 7.2


async def test_concurrent_health_checks_share_one_request():
    """
    Thousands of streams may ask.
    """
    async with foreign_engine() as engine:
        asked = 0
        answers = engine.answers

        def counted(connection, request):
            nonlocal asked
            asked += request.path == "/healthz"
            return answers(connection, request)

        engine.answers = counted
        async with before(engine.url) as front:
            pool = front.services.gateway.live_engine()
            (member,) = pool._live
            assert all(await asyncio.gather(*(pool._is_well(member) for _ in range(100))))
            engine.is_healthy = False
            assert not any(await asyncio.gather(*(pool._is_well(member) for _ in range(100))))

    assert asked <= 3


async def test_file_moves_from_a_hanging_engine(silent):
    """
    After two failed health checks, while its body is still kept.
    """
    async with gateway(attrs.evolve(MEMORY, engine_token="t"), is_engine=True) as engine:
        settings = attrs.evolve(MEMORY, file_engines=(silent.url, engine.url), engine_token="t")
        async with gateway(settings, UNBOUND) as front:
            pool = front.services.gateway.file_engine()
            hung, other = pool._file
            other.behind = 10.0  # it comes last
            working = asyncio.create_task(pool.transcribe(FILE, body(SECOND, SECOND)))
            await silent.connected.wait()
            assert not await pool._is_well(hung)
            assert not await pool._is_well(hung)
            answer = await asyncio.wait_for(working, 5)

            assert answer.audio_ms == 2000
            assert hung.outstanding == other.outstanding == 0


async def test_engines_eof_closes_the_connection(silent, caplog):
    """
    Without an error on asyncio's own loop too.
    """
    silent.said = (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: ACCEPT\r\n\r\n"
    )
    async with before(silent.url) as front:
        url = f"{front.websocket}/v1/listen?encoding=linear16&sample_rate=16000"
        async with connect(url, additional_headers=front.auth) as socket:
            silent.then_leaves = True
            await socket.send(SECOND)
            async with connect(url, additional_headers=front.auth) as another:
                with pytest.raises(Exception, match="1011"):
                    await asyncio.wait_for(another.recv(), 20)

    assert [r for r in caplog.records if r.levelno >= logging.ERROR and r.name == "asyncio"] == []


async def test_engines_place_is_free_when_the_stream_ends():
    """
    The next stream is admitted at once, with a capacity of one.
    """
    limits = attrs.evolve(UNBOUND, concurrent_live=1)
    async with foreign_engine() as engine:
        settings = attrs.evolve(MEMORY, ws_engines=(engine.url,), capacity=1)
        for made in (settings, MEMORY):
            async with gateway(made, limits) as front:
                url = f"{front.websocket}/v1/listen?encoding=linear16&sample_rate=16000"
                for _ in range(5):
                    socket = await connect(url, additional_headers=front.auth)
                    await socket.send('{"type":"CloseStream"}')
                    _ = [message async for message in socket]
                    assert socket.close_code == 1000
