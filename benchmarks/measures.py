"""What is measured of a target in one turn: frames, uploads, handshakes, open streams."""

import os
import socket
import statistics
import time

from pathlib import Path
from typing import Any

from benchmarks.machine import PROXY_CORE, cpu_seconds, own_bytes, use_core
from benchmarks.processes import Talk, talk
from benchmarks.rounds import Turn
from benchmarks.targets import Target


_OPENING_SECONDS = 60.0
_ENDING_SECONDS = 40.0


def frames(target: Target, *, streams: int, seconds: float, size: int) -> Turn:
    """As many frames as possible, with two of each stream in flight."""
    with talk("streams", target.live_url, target.keys, "window", streams, seconds, size) as load:
        load.receive(_OPENING_SECONDS)
        before = cpu_seconds(target.live_pids)
        found = load.receive(seconds + _ENDING_SECONDS)
        spent = cpu_seconds(target.live_pids) - before
        lost = load.receive(_ENDING_SECONDS)
        return Turn(spent, found["count"], seconds, lost["closed"])


def files(
    target: Target, *, connections: int, seconds: float, size: int, keys: Path | None = None
) -> Turn:
    """Uploads of files, one after the other on each connection."""
    form = "form" if target.form else "body"
    before = cpu_seconds(target.file_pids)
    with talk(
        "uploads", target.file_port, keys or target.keys, form, connections, seconds, size
    ) as load:
        found = load.receive(seconds + _ENDING_SECONDS)
        return _turn(found, cpu_seconds(target.file_pids) - before, seconds)


def handshakes(target: Target, *, clients: int, seconds: float, keys: Path | None = None) -> Turn:
    """Streams that open and close, one after the other for each client."""
    before = cpu_seconds(target.live_pids)
    with talk("handshakes", target.live_url, keys or target.keys, clients, seconds) as load:
        found = load.receive(seconds + _ENDING_SECONDS)
        time.sleep(0.1)  # the last ones are still closing
        return _turn(found, cpu_seconds(target.live_pids) - before, seconds)


def between_cores(times: int = 5000) -> float:
    """
    Microseconds for a message of 3,200 bytes from the proxies' core to the others and back, by
    plain system calls. Measures the machine's current state.
    """
    message, waits = bytes(3200), []
    cores = os.sched_getaffinity(0)
    use_core(PROXY_CORE)
    try:
        with (
            talk("echo") as echo,
            socket.create_connection(("127.0.0.1", echo.receive(10))) as there,
        ):
            for _ in range(times):
                began = time.perf_counter()
                there.sendall(message)
                left = len(message)
                while left:
                    left -= len(there.recv(left))
                waits.append(time.perf_counter() - began)
    finally:
        os.sched_setaffinity(0, cores)
    return statistics.median(waits) * 1e6


def _turn(found: dict[str, Any], spent: float, seconds: float) -> Turn:
    waited = {name: found[name] or 0.0 for name in ("p50", "p99")}
    return Turn(spent, found["count"], seconds, found["failed"], waited)


def memory(target: Target, *, few: int, many: int, kept_seconds: float = 0) -> tuple[float, float]:
    """
    Memory in KiB for one more stream, and microseconds of CPU to open it.

    Args:
        kept_seconds: Seconds of audio that each stream sends and no engine answers.
    """
    mode = "kept" if kept_seconds else "quiet"
    sizes, spent = [], []
    for count in (few, many):
        before = cpu_seconds(target.live_pids)
        with talk("streams", target.live_url, target.keys, mode, count, kept_seconds, 3200) as load:
            load.receive(_OPENING_SECONDS)
            spent.append(cpu_seconds(target.live_pids) - before)
            time.sleep(kept_seconds + 0.5)
            sizes.append(own_bytes(target.live_pids))
            ended(load)
        time.sleep(0.5)
    more = many - few
    return (sizes[1] - sizes[0]) / more / 1024, (spent[1] - spent[0]) / more * 1e6


def ended(load: Talk) -> Any:
    """Ends a load that waits for standard input, and returns its last report."""
    load.say("enough")
    load.receive(_ENDING_SECONDS)
    return load.receive(_ENDING_SECONDS)
