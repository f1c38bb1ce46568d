"""
Live streams that open and close: `python -m benchmarks.load.handshakes URL KEYS MANY SECONDS`.

*MANY* clients each open a stream, wait for the response, close it properly, and open the next one
with the next of the keys. Prints a line of JSON with their number and latencies.
"""

import asyncio
import gc
import json
import socket
import struct
import sys
import time

from itertools import cycle
from pathlib import Path
from urllib.parse import urlsplit

import uvloop

from benchmarks.machine import OTHER_CORES, use_core


_TEXT, _CLOSE = 0x81, 0x88
_MASKED = 0x80
# Masked with zeroes: the value of the mask does not matter here (RFC 6455, 5.3).
_END = bytes([_CLOSE, _MASKED | 2, 0, 0, 0, 0]) + struct.pack(">H", 1000)
_PATIENCE_SECONDS = 10.0
# A closed connection leaves its port in TIME_WAIT for a minute. Each address has its own ports.
_ADDRESSES = 8


class Client(asyncio.Protocol):
    """One handshake and its close."""

    def __init__(self, request: bytes) -> None:
        self.request = request
        self.received = b""
        self.took: float | None = None
        self.over = asyncio.get_running_loop().create_future()

    def connection_made(self, transport) -> None:
        self.transport = transport
        self.began = time.perf_counter()
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        if self.took is not None:
            return  # data before the close
        self.received += data
        if b"\r\n\r\n" in self.received:
            if not self.received.startswith(b"HTTP/1.1 101"):
                self.transport.close()
                return
            self.took = time.perf_counter() - self.began
            self.transport.write(_END)

    def eof_received(self) -> None:
        self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.over.done():
            self.over.set_result(None)


class Load:
    def __init__(self, url: str, keys: list[str]) -> None:
        parts = urlsplit(url)
        self.host, self.port = parts.hostname, parts.port
        self.requests = cycle(
            (
                f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: aldea\r\nUpgrade: websocket\r\n"
                f"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                f"Sec-WebSocket-Version: 13\r\nAuthorization: Token {key}\r\n\r\n"
            ).encode()
            for key in keys
        )
        self.latencies: list[float] = []
        self.failed = 0
        self.running = True

    async def come_and_go(self, n: int) -> None:
        loop = asyncio.get_running_loop()
        address = f"127.0.0.{1 + n % _ADDRESSES}"
        while self.running:
            ours = socket.socket()
            ours.setblocking(False)
            # The port is chosen at connect, by destination.
            ours.setsockopt(socket.IPPROTO_IP, getattr(socket, "IP_BIND_ADDRESS_NO_PORT", 24), 1)
            ours.bind((address, 0))
            try:
                await loop.sock_connect(ours, (self.host, self.port))
                request = next(self.requests)
                transport, client = await loop.create_connection(
                    lambda request=request: Client(request), sock=ours
                )
            except OSError:
                ours.close()
                self.failed += 1
                continue
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    await client.over
            except TimeoutError:
                transport.abort()
                self.failed += 1
                continue
            if client.took is None:
                self.failed += 1
            else:
                self.latencies.append(client.took)


async def main(url: str, keys: str, many: int, seconds: float) -> None:
    load = Load(url, Path(keys).read_text().split())
    gc.disable()
    clients = [asyncio.ensure_future(load.come_and_go(n)) for n in range(many)]
    await asyncio.sleep(seconds)
    load.running = False
    await asyncio.wait(clients, timeout=_PATIENCE_SECONDS + 1)
    found = sorted(load.latencies)
    print(
        json.dumps(
            {
                "count": len(found),
                "failed": load.failed,
                "p50": found[len(found) // 2] * 1000 if found else None,
                "p99": found[int(len(found) * 0.99)] * 1000 if found else None,
            },
        ),
        flush=True,
    )


if __name__ == "__main__":
    use_core(OTHER_CORES)
    url, keys, many, seconds = sys.argv[1:]
    uvloop.run(main(url, keys, int(many), float(seconds)))
