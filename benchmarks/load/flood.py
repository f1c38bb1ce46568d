"""
One client that floods: `python -m benchmarks.load.flood URL KEYS KIND`.

It sends tiny valid frames as fast as they are read, and connects again whenever it is closed, until
a line comes on standard input. It prints a line of JSON when it begins, and one at the end.
"""

import asyncio
import base64
import json
import os
import sys

from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.machine import OTHER_CORES, use_core


# RFC 6455, 5.2: FIN and opcode, mask bit and length, and a mask of zeros, which changes no byte.
_MASK = b"\x00\x00\x00\x00"
FRAMES = {
    "KeepAlive": b"\x81\x94" + _MASK + b'{"type":"KeepAlive"}',
    "2 bytes of audio": b"\x82\x82" + _MASK + b"\x00\x00",
    "pongs": b"\x8a\x80" + _MASK,
}
_CHUNK_BYTES = 65_536
_AGAIN_SECONDS = 0.05


async def flood(url: str, key: str, frame: bytes, sent: dict[str, int]) -> None:
    parts = urlsplit(url)
    nonce = base64.b64encode(os.urandom(16)).decode()
    head = (
        f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {nonce}\r\nAuthorization: Token {key}\r\n\r\n"
    )
    count = _CHUNK_BYTES // len(frame)
    chunk = frame * count
    while True:
        with suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            try:
                writer.write(head.encode())
                answer = await reader.readuntil(b"\r\n\r\n")
                sent["refused"] += not answer.startswith(b"HTTP/1.1 101")
                reading = asyncio.ensure_future(_read(reader))
                while not reading.done():
                    writer.write(chunk)
                    await writer.drain()
                    sent["frames"] += count
                    await asyncio.sleep(0)
            finally:
                writer.close()
        sent["closed"] += 1
        await asyncio.sleep(_AGAIN_SECONDS)


async def _read(reader: asyncio.StreamReader) -> None:
    """Until the connection ends: unread answers must not be what holds the flood back."""
    with suppress(OSError):
        while await reader.read(_CHUNK_BYTES):
            pass


async def main(url: str, keys: str, kind: str) -> None:
    sent = {"frames": 0, "closed": 0, "refused": 0}
    key = Path(keys).read_text().split()[0]
    flooding = asyncio.ensure_future(flood(url, key, FRAMES[kind], sent))
    print(json.dumps("begun"), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    flooding.cancel()
    print(json.dumps(sent), flush=True)


if __name__ == "__main__":
    use_core(OTHER_CORES)
    asyncio.run(main(*sys.argv[1:4]))
