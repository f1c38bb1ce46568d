"""
Files one after the other: `python -m benchmarks.uploads HOST PORT KEY CONNECTIONS SECONDS BYTES`.

Each connection is kept alive and sends the next file when it has its answer.
"""

import asyncio
import json
import sys
import time

import uvloop

from benchmarks.machine import OTHER_CORES, use_core


class Client(asyncio.Protocol):
    def __init__(self, load: "Load") -> None:
        self.load = load
        self.answer = b""

    def connection_made(self, transport) -> None:
        self.transport = transport
        self.send()

    def send(self) -> None:
        self.began = time.perf_counter()
        self.transport.write(self.load.request)

    def data_received(self, data: bytes) -> None:
        self.answer += data
        end = self.answer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self.answer[:end].lower()
        at = head.index(b"content-length:")
        size = int(head[at + 15 :].partition(b"\r\n")[0])
        if len(self.answer) < end + 4 + size:
            return
        self.answer = b""
        self.load.done(head.startswith(b"http/1.1 200"), time.perf_counter() - self.began)
        if self.load.running:
            self.send()


class Load:
    def __init__(self, key: str, size: int) -> None:
        head = (
            f"POST /v1/listen HTTP/1.1\r\nHost: aldea\r\nAuthorization: Token {key}\r\n"
            f"Content-Type: application/octet-stream\r\nContent-Length: {size}\r\n\r\n"
        )
        self.request = head.encode() + bytes(size)
        self.running = True
        self.count = self.failed = 0
        self.latencies: list[float] = []

    def done(self, good: bool, seconds: float) -> None:
        self.count += good
        self.failed += not good
        self.latencies.append(seconds)


async def main(host: str, port: int, key: str, count: int, seconds: float, size: int) -> None:
    load, loop = Load(key, size), asyncio.get_running_loop()
    clients = [await loop.create_connection(lambda: Client(load), host, port) for _ in range(count)]
    await asyncio.sleep(seconds)
    load.running = False
    await asyncio.sleep(0.3)
    for transport, _ in clients:
        transport.close()
    found = sorted(load.latencies)
    print(
        json.dumps(
            {
                "count": load.count,
                "failed": load.failed,
                "p50": found[len(found) // 2] * 1000 if found else None,
                "p99": found[int(len(found) * 0.99)] * 1000 if found else None,
            },
        ),
        flush=True,
    )


if __name__ == "__main__":
    use_core(OTHER_CORES)
    uvloop.run(
        main(
            sys.argv[1],
            int(sys.argv[2]),
            sys.argv[3],
            int(sys.argv[4]),
            float(sys.argv[5]),
            int(sys.argv[6]),
        ),
    )
