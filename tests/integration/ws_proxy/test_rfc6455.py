"""
RFC 6455 case by case, on the fast path and the fallback. The cases are those of the Autobahn
test suite's groups 2 to 7, as far as they apply to a server that does not echo.
"""

import asyncio
import struct

import pytest

from tests.integration.ws_proxy.test_bad_clients import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    UNBOUND,
    Raw,
    frame,
    idle,
)
from tests.servers.gateway import MEMORY


KEEP_ALIVE = b'{"type":"KeepAlive"}'
FINISHED = frame(TEXT, b'{"type":"CloseStream"}')
AUDIO = bytes(3200)


def closing(code: int, reason: bytes = b"") -> bytes:
    return frame(CLOSE, struct.pack("!H", code) + reason)


def long_head(opcode: int, size: int, bits: int) -> bytes:
    """A frame whose length is said in more bytes than it needs."""
    kind, form = (126, "!H") if bits == 16 else (127, "!Q")
    return bytes([0x80 | opcode, 0x80 | kind]) + struct.pack(form, size) + bytes(4 + size)


CASES: dict[str, tuple[bytes, int]] = {
    # 2: pings and pongs.
    "2.1 empty ping": (frame(PING) + FINISHED, 1000),
    "2.4 ping of 125 bytes": (frame(PING, bytes(125)) + FINISHED, 1000),
    "2.5 ping of 126 bytes": (frame(PING, bytes(126)), 1002),
    "2.7 unasked pong": (frame(PONG) + FINISHED, 1000),
    "2.10 ten pings": (frame(PING, b"x") * 10 + FINISHED, 1000),
    # 3: reserved bits.
    **{f"3 reserved {rsv}": (frame(TEXT, KEEP_ALIVE, rsv=rsv), 1002) for rsv in range(1, 8)},
    "3 reserved in a ping": (frame(PING, rsv=1), 1002),
    "3 reserved in a close": (frame(CLOSE, rsv=7), 1002),
    # 4: opcodes.
    **{
        f"4 opcode {code}": (frame(code, b"x"), 1002)
        for code in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)
    },
    # 5: fragments.
    "5.1 ping in fragments": (frame(PING, b"a", fin=False) + frame(0, b"b"), 1002),
    "5.3 text in fragments": (
        frame(TEXT, KEEP_ALIVE[:5], fin=False) + frame(0, KEEP_ALIVE[5:]) + FINISHED,
        1000,
    ),
    "5.6 ping between fragments": (
        frame(TEXT, KEEP_ALIVE[:5], fin=False)
        + frame(PING, b"p")
        + frame(0, KEEP_ALIVE[5:])
        + FINISHED,
        1000,
    ),
    "5.9 continuation of nothing": (frame(0, b"x"), 1002),
    "5.12 unfinished continuation of nothing": (frame(0, b"x", fin=False), 1002),
    "5.15 continuation after the end": (
        frame(TEXT, KEEP_ALIVE[:5], fin=False) + frame(0, KEEP_ALIVE[5:]) + frame(0, b"x"),
        1002,
    ),
    "5.18 message in a message": (frame(TEXT, b"a", fin=False) + frame(TEXT, b"b"), 1002),
    # 6: UTF-8.
    "6.2 text of all planes": (frame(TEXT, "κόσμε\U0001f600".encode()) + FINISHED, 1000),
    "6.2 letter in two fragments": (
        frame(TEXT, b"\xce", fin=False) + frame(0, b"\xba") + FINISHED,
        1000,
    ),
    "6.3 no UTF-8": (frame(TEXT, b"\xce\xba\xff"), 1007),
    "6.3 no UTF-8 in fragments": (frame(TEXT, b"\xce", fin=False) + frame(0, b"\xff"), 1007),
    "6.9 surrogate": (frame(TEXT, b"\xed\xa0\x80"), 1007),
    "6.10 overlong": (frame(TEXT, b"\xc0\xaf"), 1007),
    "6.21 beyond Unicode": (frame(TEXT, b"\xf4\x90\x80\x80"), 1007),
    # 7: closes.
    "7.3.1 empty": (frame(CLOSE), 1000),
    "7.3.2 half a code": (frame(CLOSE, b"\x03"), 1002),
    "7.3.4 reason": (closing(1000, b"bye"), 1000),
    "7.3.5 longest reason": (closing(1000, b"x" * 123), 1000),
    "7.3.6 too long a reason": (closing(1000, b"x" * 124), 1002),
    "7.5.1 reason that is no UTF-8": (closing(1000, b"\xce\xba\xff"), 1007),
    **{
        f"7.7 code {code}": (closing(code), 1000)
        for code in (1000, 1001, 1002, 1003, 1007, 1011, 1012, 1014, 3000, 3999, 4000, 4999)
    },
    **{
        f"7.9 code {code}": (closing(code), 1002)
        for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535)
    },
    # RFC 6455, 5.2: lengths are said in as few bytes as can be, frames of clients masked.
    "short in 16 bits": (long_head(BINARY, 125, 16), 1002),
    "short in 64 bits": (long_head(BINARY, 125, 64), 1002),
    "middle in 64 bits": (long_head(BINARY, 65_535, 64), 1002),
    "first short, then long": (frame(BINARY, AUDIO) * 2 + long_head(BINARY, 125, 16), 1002),
    "negative": (b"\x82\xff" + b"\xff" * 8 + bytes(20), 1002),
    "not masked": (frame(BINARY, AUDIO, masked=False), 1002),
}


@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "byte by byte"])
async def test_each_case_ends_with_its_close_code(handler, at_once):
    async with handler(MEMORY, UNBOUND) as served:

        async def code(data: bytes) -> int | None:
            client = await Raw.open(served)
            step = len(data) if at_once else max(1, len(data) // 200)
            for at in range(0, len(data), step):
                client.writer.write(data[at : at + step])
                if not at_once:
                    await asyncio.sleep(0)
            found = await client.close_code()
            client.writer.close()
            return found

        found = {name: await code(data) for name, (data, _) in CASES.items()}
        await idle(served)

    assert found == {name: expected for name, (_, expected) in CASES.items()}


@pytest.mark.parametrize(
    "data",
    [closing(1000), frame(TEXT, b"\xff"), FINISHED],
    ids=["its close", "nonsense", "CloseStream"],
)
async def test_no_frame_is_sent_after_the_close(handler, data):
    async with handler(MEMORY, UNBOUND) as served:
        client = await Raw.open(served)
        client.writer.write(data + frame(PING, b"too late") * 3 + frame(TEXT, b"nonsense") * 3)
        if data == FINISHED:  # before it has ended, a ping is answered
            assert await client.close_code() == 1000
            client.writer.write(frame(PING, b"too late") * 3 + frame(TEXT, b"nonsense") * 3)
        else:
            assert await client.close_code() is not None
        client.writer.write_eof()
        assert await asyncio.wait_for(client.reader.read(), 10) == b""
        client.writer.close()
        await idle(served)
