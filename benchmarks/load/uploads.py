"""
File uploads: `python -m benchmarks.load.uploads PORT KEYS FORM CONNECTIONS SECONDS BYTES`.

Each connection is kept alive and sends the next file, with the next of the keys, after each
response. FORM is `body`, as Deepgram's clients send files, or `form`, as OpenAI's do.
"""

import asyncio
import gc
import json
import sys
import time

from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import uvloop

from benchmarks.machine import OTHER_CORES, use_core


_PATIENCE_SECONDS = 20.0
_BOUNDARY = "aldea-bench"
_FORM_HEAD = (
    f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper\r\n'
    f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n'
    f"Content-Type: audio/wav\r\n\r\n"
).encode()
_FORM_END = f"\r\n--{_BOUNDARY}--\r\n".encode()


class Client(asyncio.Protocol):
    def __init__(self, load: "Load") -> None:
        self.load = load
        self.answer = b""
        self.busy = False

    def connection_made(self, transport) -> None:
        self.transport = transport
        self.send()

    def send(self) -> None:
        self.began = time.perf_counter()
        self.busy = True
        self.transport.write(next(self.load.requests))

    def data_received(self, data: bytes) -> None:
        self.answer += data
        end = self.answer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self.answer[:end].lower()
        at = head.find(b"content-length:")
        size = int(head[at + 15 :].partition(b"\r\n")[0]) if at >= 0 else 0
        if len(self.answer) < end + 4 + size:
            return
        self.answer = b""
        self.busy = False
        self.load.done(head.startswith(b"http/1.1 200"), time.perf_counter() - self.began)
        if self.load.running:
            self.send()

    def connection_lost(self, error: Exception | None) -> None:
        if self.busy:
            self.busy = False
            self.load.failed += 1


class Load:
    def __init__(self, keys: list[str], form: str, size: int) -> None:
        self.requests = cycle(list(_requests(keys, form, size)))
        self.running = True
        self.count = self.failed = 0
        self.latencies: list[float] = []

    def done(self, good: bool, seconds: float) -> None:
        self.count += good
        self.failed += not good
        self.latencies.append(seconds)


def _requests(keys: list[str], form: str, size: int) -> Iterator[bytes]:
    body = bytes(size)
    path, kind = "/v1/listen", "application/octet-stream"
    if form == "form":
        body = _FORM_HEAD + body + _FORM_END
        path, kind = "/v1/audio/transcriptions", f"multipart/form-data; boundary={_BOUNDARY}"
    scheme = "Bearer" if form == "form" else "Token"
    for key in keys:
        head = (
            f"POST {path} HTTP/1.1\r\nHost: aldea\r\nAuthorization: {scheme} {key}\r\n"
            f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        yield head.encode() + body


async def main(port: int, keys: str, form: str, count: int, seconds: float, size: int) -> None:
    load, loop = Load(Path(keys).read_text().split(), form, size), asyncio.get_running_loop()
    gc.disable()
    clients = [
        (await loop.create_connection(lambda: Client(load), "127.0.0.1", port))[1]
        for _ in range(count)
    ]
    await asyncio.sleep(seconds)
    load.running = False
    # Waits for running uploads: their CPU is counted.
    deadline = loop.time() + _PATIENCE_SECONDS
    while any(client.busy for client in clients) and loop.time() < deadline:
        await asyncio.sleep(0.01)
    load.failed += sum(client.busy for client in clients)
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
    port, keys, form, count, seconds, size = sys.argv[1:]
    uvloop.run(main(int(port), keys, form, int(count), float(seconds), int(size)))
