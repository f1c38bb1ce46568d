"""Bodies are streamed to engines over reused connections."""

import asyncio
import os

from contextlib import asynccontextmanager

import pytest

from adapters.gpu_http.connections import Connections
from adapters.gpu_http.target import Target
from aldea_core.domain.errors import BadRequest, EngineLost, EngineUnavailable


ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Engine:
    """Reads heads and bodies, and does with them what the test says."""

    def __init__(self, answer=ANSWER):
        self.answer = answer
        self.connections = 0
        self.bodies = []
        self.behaviour = self.politely

    async def serve(self, reader, writer):
        self.connections += 1
        try:
            await self.behaviour(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def politely(self, reader, writer):
        while True:
            self.bodies.append(await self.body(reader))
            writer.write(self.answer)
            await writer.drain()

    async def body(self, reader):
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if b"chunked" not in head:
            return await reader.readexactly(int(head.split(b"content-length: ")[1].split()[0]))
        body = b""
        while size := int(await reader.readline(), 16):
            body += await reader.readexactly(size)
            await reader.readexactly(2)
        await reader.readexactly(2)
        return body


@asynccontextmanager
async def running(engine):
    server = await asyncio.start_server(engine.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    connections = Connections(Target.parse(f"http://127.0.0.1:{port}"))
    try:
        yield connections, server
    finally:
        connections.close()
        server.close()


async def chunks(*parts):
    for part in parts:
        yield part


async def post(connections, *parts, size=None):
    exchange = await connections.take()
    lines = "POST /v1/listen?a=b HTTP/1.1\r\nHost: engine\r\nX-Y: z\r\n"
    response = await exchange.post(lines, size, chunks(*parts))
    connections.give_back(exchange)
    return response


@pytest.mark.parametrize("size", [0, 1, 3200, 3_000_000])
@pytest.mark.parametrize("says_size", [True, False])
async def test_bodies_arrive_whole(size, says_size):
    """
    With Content-Length or chunked, small and large, over one connection.
    """
    body = os.urandom(size)
    engine = Engine()
    async with running(engine) as (connections, _):
        for _ in range(3):
            parts = [body[at : at + 65_536] for at in range(0, size, 65_536)]
            response = await post(connections, *parts, size=size if says_size else None)
            assert (response.head.status, response.body) == (200, b"ok")

    assert engine.bodies == [body] * 3
    assert engine.connections == 1


async def test_connections_are_opened_on_demand_and_kept():
    engine = Engine()
    async with running(engine) as (connections, _):
        for _ in range(3):
            await asyncio.gather(*(post(connections, b"x", size=1) for _ in range(20)))

        assert engine.connections <= 20


async def test_early_response_stops_the_upload():
    """
    The engine may be full or have enough; the connection is not reused.
    """
    engine = Engine()

    async def early(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(5)

    engine.behaviour = early
    sent = 0

    async def endless():
        nonlocal sent
        while True:
            yield bytes(65_536)
            sent += 1
            await asyncio.sleep(0)

    async with running(engine) as (connections, _):
        exchange = await connections.take()
        response = await exchange.post("POST / HTTP/1.1\r\n", None, endless())

        assert response.head.status == 503
        assert not exchange.is_free
        assert sent < 1000


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf", b"SSH-2.0\r\n\r\n"]
)
async def test_an_engine_that_goes_away_is_lost(answer):
    """
    Before or during its response, or if the response is no HTTP.
    """
    engine = Engine()

    async def leave(reader, writer):
        await engine.body(reader)
        writer.write(answer)
        await writer.drain()

    engine.behaviour = leave
    async with running(engine) as (connections, _):
        with pytest.raises(EngineLost):
            await post(connections, b"audio", size=5)


async def test_error_of_the_body_is_raised_unchanged():
    """
    The engine does not see a complete body.
    """
    engine = Engine()

    async def broken():
        yield b"half"
        raise BadRequest("The upload broke.")

    async with running(engine) as (connections, _):
        exchange = await connections.take()
        with pytest.raises(BadRequest):
            await exchange.post("POST / HTTP/1.1\r\n", None, broken())
        assert not exchange.is_free
        assert (await post(connections, b"next", size=4)).head.status == 200

    assert engine.bodies == [b"next"]


async def test_closed_connection_is_not_reused():
    """
    The next exchange gets another.
    """
    engine = Engine()

    async def once(reader, writer):
        engine.bodies.append(await engine.body(reader))
        writer.write(ANSWER)
        await writer.drain()

    engine.behaviour = once
    async with running(engine) as (connections, _):
        for _ in range(3):
            assert (await post(connections, b"x", size=1)).head.status == 200
            await asyncio.sleep(0.05)

    assert engine.connections == 3


async def test_unreachable_engine_reads_no_body():
    engine = Engine()
    async with running(engine) as (connections, server):
        server.close()
        await server.wait_closed()
        with pytest.raises(EngineUnavailable):
            await connections.take()
