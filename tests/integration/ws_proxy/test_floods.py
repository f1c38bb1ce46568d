"""
Clients that cause much work with few bytes: tiny but valid frames. Their cost to other clients
is the work done in one iteration of the event loop; it is counted in bytecode instructions of
our own code.
"""

import asyncio

import attrs
import pytest

from tests.integration.ws_proxy.test_bad_clients import (
    BINARY,
    PING,
    PONG,
    QUERY,
    TEXT,
    UNBOUND,
    Raw,
    frame,
    idle,
)
from tests.servers.gateway import MEMORY
from tests.servers.opcodes import counted


FLOODS = {
    "texts of one byte": frame(TEXT, b"{"),
    "texts that are nearly JSON": frame(TEXT, b'{"\xe2\x80\xa6"}'),
    "pongs": frame(PONG),
    "pings": frame(PING, b"?"),
    "Finalize": frame(TEXT, b'{"type":"Finalize"}'),
    "KeepAlive": frame(TEXT, b'{"type":"KeepAlive"}'),
    "Configure": frame(TEXT, b'{"type":"Configure"}'),
    "audio of two bytes": frame(BINARY, b"ab"),
    "audio of two bytes, first a usual one": frame(BINARY, b"ab"),
    "audio of one byte and another": frame(BINARY, b"a") + frame(PONG),
    "fragments": frame(TEXT, b"{", fin=False) + frame(0, b"}"),
    "fragments of audio": frame(BINARY, b"a", fin=False) + frame(0, b"b"),
    "empty fragments": frame(BINARY, b"", fin=False) + frame(0, b""),
    "empty continuations": frame(0, b"", fin=False),
}
BEGINNINGS = {
    "empty continuations": frame(BINARY, b"a", fin=False),
    "audio of two bytes, first a usual one": frame(BINARY, bytes(3200)) * 2,
}
FLOOD_BYTES = 100_000
TURNS = 8
# Some frames' worth for gateway and engine, which are both in this loop. A flood's are millions.
MOST_IN_A_TURN = 300_000


@pytest.mark.parametrize("query", [QUERY, ""], ids=["raw", "container"])
async def test_work_per_loop_iteration_is_bounded(handler, query):
    """
    Whatever the client's remaining allowance.
    """
    most = dict.fromkeys(FLOODS, 0)
    async with handler(attrs.evolve(MEMORY, messages_per_second=1e6), UNBOUND) as served:
        for kind, one in FLOODS.items():
            client = await Raw.open(served, query)
            with counted() as count:
                client.writer.write(BEGINNINGS.get(kind, b"") + one * (FLOOD_BYTES // len(one)))
                for _ in range(TURNS):
                    before = count.opcodes
                    await asyncio.sleep(0)
                    most[kind] = max(most[kind], count.opcodes - before)
            client.writer.transport.abort()
            await idle(served)

    assert min(most.values()) > 200  # all floods did arrive
    assert {kind: work for kind, work in most.items() if work > MOST_IN_A_TURN} == {}


@pytest.mark.parametrize("kind", ["pings", "texts of one byte", "Configure"])
async def test_unread_answers_are_bounded(handler, kind):
    settings = attrs.evolve(MEMORY, messages_per_second=1e6)
    async with handler(settings, UNBOUND) as served:
        client = await Raw.open(served, window=4096)
        client.reader._transport.pause_reading()
        (stream,) = served.services.gateway.running()._slot_of
        socket = stream.client if hasattr(stream, "client") else stream._socket
        one = frame(PING, bytes(125)) if kind == "pings" else FLOODS[kind]
        most = 0
        for _ in range(100):
            client.writer.write(one * 500)
            for _ in range(10):
                await asyncio.sleep(0.001)
                most = max(most, socket._transport.get_write_buffer_size())
        client.writer.transport.abort()
        await idle(served)

    assert most < 2**18
