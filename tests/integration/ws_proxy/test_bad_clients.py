"""Live clients that misbehave: each gets its close code, and no resource is held afterwards."""

import asyncio
import base64
import gc
import logging
import os
import socket
import struct

from collections.abc import AsyncIterator

import attrs
import psutil
import pytest
import structlog

from tests.servers.gateway import MEMORY, Gateway

from aldea_core.domain.access.limits import Limits


SECOND = bytes(range(256)) * 125
UNBOUND = Limits(requests_per_minute=None, concurrent_live=1000)
QUERY = "encoding=linear16&sample_rate=16000"

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Raw:
    """A WebSocket frame by frame (RFC 6455, 5.2)."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, served: Gateway, query: str = QUERY, *, window: int = 0) -> "Raw":
        plain = socket.socket()
        plain.setblocking(False)
        if window:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", served.port))
        reader, writer = await asyncio.open_connection(sock=plain)
        nonce = base64.b64encode(os.urandom(16)).decode()
        writer.write(
            f"GET /v1/listen?{query} HTTP/1.1\r\nHost: aldea\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {nonce}\r\n"
            f"Sec-WebSocket-Version: 13\r\nAuthorization: Token {served.key}\r\n\r\n".encode(),
        )
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
        assert b" 101 " in head.split(b"\r\n")[0]
        return cls(reader, writer)

    def send(self, opcode: int, payload: bytes = b"", *, fin=True, rsv=0, masked=True) -> None:
        self.writer.write(frame(opcode, payload, fin=fin, rsv=rsv, masked=masked))

    async def close_code(self) -> int | None:
        """Reads until the server closes, and says with which code."""
        while True:
            try:
                first, second = await asyncio.wait_for(self.reader.readexactly(2), 60)
            except (asyncio.IncompleteReadError, ConnectionError):
                return None
            size = second & 127
            if size == 126:
                (size,) = struct.unpack("!H", await self.reader.readexactly(2))
            elif size == 127:
                (size,) = struct.unpack("!Q", await self.reader.readexactly(8))
            payload = await self.reader.readexactly(size)
            if first & 15 == CLOSE:
                return struct.unpack("!H", payload[:2])[0] if payload else 1005


def frame(opcode, payload=b"", *, fin=True, rsv=0, masked=True) -> bytes:
    head = bytes([(fin << 7) | (rsv << 4) | opcode])
    bit = masked << 7
    if len(payload) < 126:
        head += bytes([bit | len(payload)])
    elif len(payload) < 65536:
        head += bytes([bit | 126]) + struct.pack("!H", len(payload))
    else:
        head += bytes([bit | 127]) + struct.pack("!Q", len(payload))
    return head + (bytes(4) if masked else b"") + payload


@pytest.fixture
def log():
    with structlog.testing.capture_logs() as entries:
        yield entries


@pytest.fixture
async def served(log, caplog, handler) -> AsyncIterator[Gateway]:
    """No client of this file leaves a traceback or an open session behind."""
    async with handler(limits=UNBOUND) as running:
        yield running
        await idle(running)
        assert len(running.services.gateway.running()) == 0
        for _ in range(100):
            if not running.streams:
                break
            await asyncio.sleep(0.01)
        assert running.streams == []
    assert [entry for entry in log if "exc_info" in entry or entry["log_level"] == "error"] == []
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def idle(served: Gateway) -> None:
    """Waits until all places are free, and their streams have ended."""
    for _ in range(1000):
        if not await served.open_sessions() and not len(served.services.gateway.running()):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("a session stayed open")


class TestFrames:
    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (frame(TEXT, b"\xff\xfe"), 1007),
            (frame(BINARY, SECOND, rsv=4), 1002),
            (frame(3, b"x"), 1002),
            (frame(PING, b"x" * 126), 1002),
            (frame(PING, b"x", fin=False), 1002),
            (frame(0, b"continues what?"), 1002),
            (frame(BINARY, b"ab", fin=False) + frame(BINARY, b"cd"), 1002),
            (frame(CLOSE, b"\x03"), 1002),
            (b"\x82\xff" + struct.pack("!Q", 2**40) + bytes(100), 1009),
        ],
        ids=[
            "text that is no UTF-8",
            "reserved bits",
            "an unknown opcode",
            "a large ping",
            "a fragmented ping",
            "a continuation of nothing",
            "a message within a message",
            "half a close code",
            "a giant's head",
        ],
    )
    async def test_protocol_error_is_closed_with_its_code(self, served, data, code):
        client = await Raw.open(served)
        client.writer.write(data)

        assert await client.close_code() == code
        client.writer.close()

    async def test_fragmented_message_is_joined(self, served):
        """
        Pings in between are allowed.
        """
        client = await Raw.open(served)
        client.send(BINARY, SECOND[:10_000], fin=False)
        client.send(PING, b"are you there")
        client.send(0, SECOND[10_000:20_000], fin=False)
        client.send(0, SECOND[20_000:])
        client.send(TEXT, b'{"type":"CloseStream"}')

        assert await client.close_code() == 1000
        client.writer.close()
        await idle(served)
        assert [record.audio_ms for record in await served.usage()] == [1000]

    async def test_empty_fragment_ends_its_message_only(self, served):
        client = await Raw.open(served)
        for _ in range(2):
            client.send(BINARY, SECOND, fin=False)
            client.send(0, b"")
        client.send(BINARY, b"")

        assert await client.close_code() == 1000
        client.writer.close()
        await idle(served)
        assert [record.audio_ms for record in await served.usage()] == [2000]

    async def test_tiny_fragments_are_bounded_by_message_size(self, served):
        client = await Raw.open(served)
        client.send(BINARY, b"x", fin=False)
        with_more = frame(0, bytes(1000), fin=False) * 100
        for _ in range(30):
            client.writer.write(with_more)
            await asyncio.sleep(0)

        # The close may be overtaken by the reset that answers what is still under way.
        assert await client.close_code() in {1009, None}
        client.writer.close()
        await idle(served)
        assert [record.status for record in await served.usage()] == [1009]

    async def test_invalid_texts_are_answered_each(self, served):
        """
        The stream goes on.
        """
        client = await Raw.open(served)
        for _ in range(200):
            client.send(TEXT, b"nonsense" * 100)
        client.send(TEXT, b'{"type":"CloseStream"}')

        assert await client.close_code() == 1000
        client.writer.close()


class TestLeaving:
    async def test_hang_up_at_any_moment_frees_the_place(self, served):
        """
        What was sent is billed.
        """
        for n in range(20):
            client = await Raw.open(served)
            for _ in range(n % 4):
                client.send(BINARY, SECOND[:3200])
            await client.writer.drain()
            await asyncio.sleep(0.002 * (n % 3))
            if n % 2:
                client.writer.transport.abort()
            else:
                client.writer.close()
        await idle(served)

        records = await served.usage()
        assert len(records) == 20
        assert all(record.final for record in records)

    async def test_hang_up_in_the_handshake_is_ignored(self, served):
        _, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(b"GET /v1/listen HTTP/1.1\r\nUpgrade: websocket\r\n")
        await writer.drain()
        writer.transport.abort()
        (await Raw.open(served)).writer.close()


class TestNotReading:
    async def test_client_that_never_reads_is_closed(self, log, handler):
        """
        After a time limit; meanwhile its unsent results are bounded.
        """
        settings = attrs.evolve(MEMORY, unread_seconds=0.5, messages_per_second=1e6)
        async with handler(settings, UNBOUND) as served:
            client = await Raw.open(served, window=4096)
            client.reader._transport.pause_reading()
            sent = 0
            try:
                async with asyncio.timeout(60):
                    while await served.open_sessions():
                        for _ in range(50):
                            client.send(TEXT, b"x" * 100)
                        sent += 1
                        await asyncio.sleep(0)
                        if sent % 50 == 0:
                            await asyncio.sleep(0.005)
            except ConnectionError:
                pass
            await idle(served)
            client.writer.transport.abort()
            records = await served.usage()

        assert [record.status for record in records] == [1013]

    async def test_fast_client_is_throttled(self, log, handler):
        """
        By flow control: the gateway's buffer for it is bounded.
        """
        settings = attrs.evolve(MEMORY, lead_seconds=2.0)
        async with handler(settings, UNBOUND) as served:
            process = psutil.Process()
            gc.collect()
            before = process.memory_info().rss
            client = await Raw.open(served)
            sent = 0

            async def flood() -> None:
                nonlocal sent
                while sent < 3000:
                    client.send(BINARY, SECOND)
                    await client.writer.drain()
                    sent += 1

            loop = asyncio.get_running_loop()
            began = loop.time()
            flooding = asyncio.create_task(flood())
            await asyncio.sleep(1.0)
            held = process.memory_info().rss - before
            flooding.cancel()
            await asyncio.gather(flooding, return_exceptions=True)
            (lease,) = await served.services.stores.leases().open(
                served.org.id, at=served.services.stores.clock().now()
            )
            audio_ms = sum(s.audio_ms for s in served.services.gateway.running()._slot_of)
            took = loop.time() - began
            client.writer.transport.abort()
            await idle(served)

        assert lease.key.org == served.org.id
        # What was read at once when it was noticed may be a quarter of a megabyte.
        assert audio_ms <= 2000 + 1.25 * took * 1000 + 8200
        assert sent < 400  # the rest is in the sockets' buffers, on both sides
        assert held < 40 * 2**20


async def test_many_half_open_streams(log, handler):
    """
    200 idle streams cost little, and are closed at their time limit.
    """
    settings = attrs.evolve(MEMORY, idle_seconds=1.0)
    async with handler(settings, UNBOUND) as served:
        process = psutil.Process()
        gc.collect()
        before = process.memory_info().rss
        clients = [await Raw.open(served) for _ in range(200)]
        held = process.memory_info().rss - before
        codes = await asyncio.gather(*(client.close_code() for client in clients))
        for client in clients:
            client.writer.close()
        await idle(served)

    assert set(codes) == {1011}
    assert held < 200 * 200 * 1024  # both ends are in here
