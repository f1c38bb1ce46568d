"""
Many live streams: `python -m benchmarks.load.streams URL KEYS MODE STREAMS SECONDS BYTES`.

`window` keeps two frames of each stream in flight and counts the results; `paced` sends each
stream's frames in real time and measures the latency of each result; `quiet` only opens the streams
and sends KeepAlive every three seconds; `kept` also sends SECONDS of audio on each. The last two
then wait for a line on standard input, or its end.

Prints a line of JSON when all streams are open, another after the time is over, and one at the end.
"""

import asyncio
import gc
import json
import sys
import time

from itertools import cycle
from pathlib import Path

import uvloop

from picows import WSError, WSMsgType, ws_connect

from benchmarks.load.stream import Load, Stream
from benchmarks.machine import OTHER_CORES, use_core


_WINDOW = 2
_BYTES_PER_SECOND = 32_000
_OPENING_AT_ONCE = 50
_TRIES = 3
_LATE = 1.2
_LATE_SECONDS = 2.0
_MADE_UP_FOR = 0.002
_KEEP_ALIVE_SECONDS = 3.0
_SETTLING_SECONDS = 5.0
_ENDING_SECONDS = 15.0


async def opened(load: Load, url: str, keys: list[str], count: int) -> None:
    key = cycle(keys)

    async def one() -> None:
        headers = {"Authorization": f"Token {next(key)}"}
        for again in range(_TRIES):
            try:
                _, stream = await ws_connect(lambda: Stream(load), url, extra_headers=headers)
            except (WSError, OSError):
                if again + 1 == _TRIES:
                    raise
                await asyncio.sleep(1)
            else:
                load.streams.append(stream)
                return

    for begin in range(0, count, _OPENING_AT_ONCE):
        await asyncio.gather(*(one() for _ in range(min(_OPENING_AT_ONCE, count - begin))))


async def pace(load: Load, seconds: float) -> None:
    """
    Spreads the sending of all streams evenly over the time of one frame. A machine that is too slow
    sends less: a delay is not caught up in a burst, since real clients would not do so.
    """
    each = len(load.frame) / _BYTES_PER_SECOND
    now = time.perf_counter
    began = now()
    steps = len(load.streams)
    latest = began + seconds * _LATE + _LATE_SECONDS
    for turn in range(round(seconds / each)):
        if now() > latest:
            return
        for n, stream in enumerate(load.streams):
            due = began + (turn + n / steps) * each
            while due > now() + 0.0005:
                await asyncio.sleep(due - now())
            stream.send()
            if not n % 50:
                late = now() - due
                load.late.append(late)
                began += max(0.0, late - _MADE_UP_FOR)
                await asyncio.sleep(0)  # results are read between frames, not after all


async def keep_alive(load: Load) -> None:
    """Sends KeepAlive on every stream every three seconds, one stream after the other."""
    while True:
        began = time.perf_counter()
        for n, stream in enumerate(load.streams):
            stream.transport.send(WSMsgType.TEXT, b'{"type":"KeepAlive"}')
            if not n % 20:
                due = began + n / len(load.streams) * _KEEP_ALIVE_SECONDS
                await asyncio.sleep(max(0, due - time.perf_counter()))
        await asyncio.sleep(max(0, began + _KEEP_ALIVE_SECONDS - time.perf_counter()))


async def settled(load: Load) -> None:
    """Waits until no more results arrive."""
    load.stopping = True
    deadline = time.perf_counter() + _SETTLING_SECONDS
    count = -1
    while load.count > count and time.perf_counter() < deadline:
        count = load.count
        await asyncio.sleep(0.3)


async def close(load: Load) -> None:
    """
    Ends the streams. The engine then reports how many frames it received,
    and so which were lost.
    """
    load.running = False
    for n, stream in enumerate(load.streams):
        stream.end()
        if not n % 20:
            await asyncio.sleep(0.005)
    deadline = time.perf_counter() + _ENDING_SECONDS
    while load.ended < len(load.streams) and time.perf_counter() < deadline:
        await asyncio.sleep(0.05)
    for stream in load.streams:
        stream.transport.disconnect()


async def main(url: str, keys: str, mode: str, streams: int, seconds: float, size: int) -> None:
    load = Load(size, paced=mode == "paced")
    gc.disable()
    began = time.perf_counter()
    keeping = asyncio.ensure_future(keep_alive(load))  # early streams wait for the last to open
    await opened(load, url, Path(keys).read_text().split(), streams)
    print(json.dumps({"opened": time.perf_counter() - began}), flush=True)
    if mode != "quiet":
        keeping.cancel()
    match mode:
        case "paced":
            await pace(load, seconds)
        case "window":
            for stream in load.streams:
                for _ in range(_WINDOW):
                    stream.send()
            await asyncio.sleep(seconds)
        case _:
            if mode == "kept":
                await pace(load, seconds)
                keeping = asyncio.ensure_future(keep_alive(load))
            await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
            keeping.cancel()
    print(json.dumps({"count": load.count, "sent": load.sent}), flush=True)
    await settled(load)
    await close(load)
    print(json.dumps(load.found()), flush=True)


if __name__ == "__main__":
    use_core(OTHER_CORES)
    url, keys, mode, streams, seconds, size = sys.argv[1:]
    uvloop.run(main(url, keys, mode, int(streams), float(seconds), int(size)))
