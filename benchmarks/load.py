"""
Live streams by the many: `python -m benchmarks.load URL KEY MODE STREAMS SECONDS FRAME_BYTES`.

`window` keeps two frames of each stream under way and counts how many come round; `paced` sends
each stream's frames in real time and times each answer; `idle` only opens the streams and waits
for its standard input to end. What it found is printed as a line of JSON.
"""

import asyncio
import json
import sys
import time

import uvloop

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from benchmarks.machine import OTHER_CORES, use_core


_WINDOW = 2
_BYTES_PER_SECOND = 32_000
_OPENING_AT_ONCE = 50


class Stream(WSListener):
    """One client; the time at which each frame was sent waits for its answer."""

    def __init__(self, load: "Load") -> None:
        self.load = load
        self.sent: list[float] = []
        self.answered = 0

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def send(self) -> None:
        self.sent.append(time.perf_counter())
        self.transport.send(WSMsgType.BINARY, self.load.frame)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            self.load.closed += 1
        if frame.msg_type != WSMsgType.TEXT or self.answered >= len(self.sent):
            return
        load = self.load
        load.count += 1
        if load.paced:
            load.latencies.append(time.perf_counter() - self.sent[self.answered])
        self.answered += 1
        if load.running and not load.paced:
            self.send()


class Load:
    def __init__(self, frame_bytes: int, *, paced: bool) -> None:
        self.frame = b"\x01\x02" * (frame_bytes // 2)
        self.paced = paced
        self.running = True
        self.count = self.closed = 0
        self.latencies: list[float] = []
        self.streams: list[Stream] = []

    async def open(self, url: str, key: str, count: int) -> None:
        headers = {"Authorization": f"Token {key}"}

        async def one() -> None:
            _, stream = await ws_connect(lambda: Stream(self), url, extra_headers=headers)
            self.streams.append(stream)

        for begin in range(0, count, _OPENING_AT_ONCE):
            await asyncio.gather(*(one() for _ in range(min(_OPENING_AT_ONCE, count - begin))))

    async def pace(self, seconds: float) -> None:
        """Spreads the streams evenly over the time of one frame."""
        each = len(self.frame) / _BYTES_PER_SECOND
        loop = asyncio.get_running_loop()
        began = loop.time()
        steps = len(self.streams)
        for turn in range(round(seconds / each)):
            for n, stream in enumerate(self.streams):
                due = began + (turn + n / steps) * each
                if due > loop.time() + 0.0005:
                    await asyncio.sleep(due - loop.time())
                stream.send()

    async def close(self) -> None:
        self.running = False
        await asyncio.sleep(0.3)
        for stream in self.streams:
            stream.transport.disconnect()


async def main(url: str, key: str, mode: str, streams: int, seconds: float, size: int) -> None:
    load = Load(size, paced=mode == "paced")
    began = time.perf_counter()
    await load.open(url, key, streams)
    print(json.dumps({"opened": time.perf_counter() - began}), flush=True)
    if mode == "idle":
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    elif mode == "paced":
        await load.pace(seconds)
    else:
        for stream in load.streams:
            for _ in range(_WINDOW):
                stream.send()
        await asyncio.sleep(seconds)
    await load.close()
    found = sorted(load.latencies)

    def at(share: float) -> float | None:
        return found[min(len(found) - 1, int(len(found) * share))] * 1000 if found else None

    print(
        json.dumps(
            {
                "count": load.count,
                "closed": load.closed,
                "lost": sum(len(stream.sent) - stream.answered for stream in load.streams),
                "p50": at(0.5),
                "p99": at(0.99),
                "p999": at(0.999),
            },
        ),
        flush=True,
    )


if __name__ == "__main__":
    use_core(OTHER_CORES)
    uvloop.run(
        main(
            sys.argv[1],
            sys.argv[2],
            sys.argv[3],
            int(sys.argv[4]),
            float(sys.argv[5]),
            int(sys.argv[6]),
        ),
    )
