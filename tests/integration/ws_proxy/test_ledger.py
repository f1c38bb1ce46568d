"""
The ledger has for each live stream the close code that its client got, and bills transcribed
audio only.
"""

import asyncio

from functools import partial

import attrs
import pytest

from tests.servers.gateway import MEMORY
from tests.servers.waiting import until
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from aldea_core.domain.live.endings import Ending
from aldea_core.protocol.deepgram.close_codes import CLOSES


SECOND = bytes(range(256)) * 125
QUERY = "encoding=linear16&sample_rate=16000&tag=t&language=en"
WE_END_IT = [e for e in Ending if e not in {Ending.CLIENT_LEFT, Ending.CONNECTION_LOST}]


@pytest.fixture
async def served(handler):
    async with handler() as running:
        yield running


def open_stream(served):
    return connect(f"{served.websocket}/v1/listen?{QUERY}", additional_headers=served.auth)


async def the_record(served):
    async def is_written() -> bool:
        return bool(await served.usage())

    await until(is_written)
    (record,) = await served.usage()
    return record


@pytest.mark.parametrize("ending", WE_END_IT)
async def test_close_code_is_recorded(served, ending):
    async with open_stream(served) as socket:
        await socket.send(SECOND)
        await socket.recv()
        (stream,) = served.services.gateway.running()._slot_of
        stream.end(ending)
        with pytest.raises(ConnectionClosed):
            while True:
                await socket.recv()
        record = await the_record(served)

    assert socket.close_code == CLOSES[ending].code
    assert (record.status, record.audio_ms, record.tags) == (socket.close_code, 1000, ("t",))


async def test_open_stream_has_the_language_model_and_tags_that_the_ledger_gets(served):
    """
    The lease has them from the renewal on that follows the first result.
    """
    leases, clock = served.services.stores.leases(), served.services.stores.clock()
    found = []

    async def is_named() -> bool:
        found[:] = await leases.open(served.org.id, at=clock.now())
        served.services.gateway.running().renew_soon(served.org.id)
        return bool(found[0].model)

    async with open_stream(served) as socket:
        await socket.send(SECOND)
        await socket.recv()
        await until(is_named)
    record = await the_record(served)

    assert (found[0].language, found[0].model) == (record.language, record.model)
    assert (record.language, found[0].own_tags) == ("en", ("t",))


@pytest.mark.parametrize("code", [1000, 1001, 4321])
async def test_clients_own_close_is_recorded(served, code):
    socket = await open_stream(served)
    await socket.send(SECOND)
    await socket.recv()
    await socket.close(code)
    record = await the_record(served)

    assert (record.status, record.audio_ms) == (1000, 1000)


async def test_idle_timeout_is_recorded(served):
    socket = await open_stream(served)
    await socket.send(SECOND)
    await socket.recv()
    socket.transport.abort()
    record = await the_record(served)

    assert (record.status, record.audio_ms) == (1006, 1000)


@pytest.mark.parametrize(
    ("leave", "status"),
    [
        (lambda socket, served: socket.close(), 1000),
        (lambda socket, served: _aborted(socket), 1006),
        (lambda socket, served: _ended(served, Ending.ENGINE_GONE), 1011),
        # Not a deployment: what was sent is finalized first, and its result counts.
        (lambda socket, served: _ended(served, Ending.KEY_REVOKED), 4001),
    ],
)
async def test_audio_without_any_result_is_not_billed(served, leave, status):
    async with open_stream(served) as socket:
        await socket.send(SECOND[:16_000])
        (stream,) = served.services.gateway.running()._slot_of

        async def has_come() -> bool:
            return stream.session.audio_bytes > 0

        await until(has_come)
        assert stream.audio_ms == 0  # a checkpoint bills no more than the end would
        await leave(socket, served)
        record = await the_record(served)

    assert (record.status, record.audio_ms) == (status, 0)


async def _aborted(socket) -> None:
    socket.transport.abort()


async def _ended(served, ending: Ending) -> None:
    for stream in list(served.services.gateway.running()._slot_of):
        stream.end(ending)


async def test_undecodable_audio_is_recorded(served):
    async with open_stream(served) as socket:
        await socket.send(b"noise" + SECOND[:1001])
        with pytest.raises(ConnectionClosed):
            await socket.recv()
        record = await the_record(served)

    assert socket.close_code == 1008
    assert (record.status, record.audio_ms) == (1008, 0)


async def test_handshake_without_engine_is_recorded(handler):
    """
    With the requested options.
    """
    settings = attrs.evolve(MEMORY, bundled_capacity=0)
    async with partial(handler, settings)() as served:
        with pytest.raises(InvalidStatus) as refused:
            async with open_stream(served):
                pass
        record = await the_record(served)

    assert refused.value.response.status_code == 503
    assert (record.status, record.audio_ms) == (503, 0)
    assert (record.language, record.tags) == ("en", ("t",))


async def test_hang_up_in_the_handshake_is_recorded(served):
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    lines = [
        f"GET /v1/listen?{QUERY} HTTP/1.1",
        "Host: aldea",
        f"Authorization: {served.auth['Authorization']}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    ]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    await writer.drain()
    writer.transport.abort()
    record = await the_record(served)

    assert (record.status, record.audio_ms) == (1006, 0)
    assert not await reader.read()
