"""What is measured at a door: the cost of a frame, of an upload, of a stream, and of waiting."""

import json
import statistics
import subprocess
import sys
import time

from typing import Any

import attrs

from benchmarks.machine import cpu_seconds, resident_bytes
from benchmarks.processes import Door


@attrs.frozen
class Cost:
    """
    Attributes:
        micros: CPU of the proxy for one, in each round.
        rate: How many a second came through, in each round.
    """

    micros: list[float]
    rate: list[float]
    failed: int = 0

    @property
    def median(self) -> float:
        return statistics.median(self.micros)

    @property
    def spread(self) -> float:
        """Between the least and the most, as a part of the median."""
        return (max(self.micros) - min(self.micros)) / self.median if self.median else 0.0


def frames(door: Door, *, streams: int, seconds: float, size: int) -> tuple[float, float, int]:
    """CPU seconds, frames that came round, and frames that were lost."""
    command = _load(door, "window", streams, seconds, size)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()  # all are open
    before = cpu_seconds(door.pids)
    found = json.loads(process.stdout.readline())
    spent = cpu_seconds(door.pids) - before
    process.wait()
    return spent, found["count"], found["closed"]


def files(door: Door, *, connections: int, seconds: float, size: int) -> tuple[float, float, int]:
    """CPU seconds, uploads that were answered, and uploads that were not."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.uploads",
        "127.0.0.1",
        str(door.file_port),
        door.key,
        str(connections),
        str(seconds),
        str(size),
    ]
    before = cpu_seconds(door.pids)
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    spent = cpu_seconds(door.pids) - before
    found = json.loads(done.stdout)
    return spent, found["count"], found["failed"]


def waiting(door: Door, *, streams: int, seconds: float, size: int) -> dict[str, Any]:
    """Milliseconds from a frame to its answer, of streams in real time."""
    command = _load(door, "paced", streams, seconds, size)
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def memory(door: Door, *, few: int, many: int) -> tuple[float, float]:
    """KiB of memory, and microseconds of CPU to open it, for one more stream."""
    sizes, spent = [], []
    for count in (few, many):
        before = cpu_seconds(door.pids)
        command = _load(door, "idle", count, 0, 3200)
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.5)
        spent.append(cpu_seconds(door.pids) - before)
        sizes.append(resident_bytes(door.pids))
        process.stdin.close()
        process.wait()
        time.sleep(0.5)
    more = many - few
    return (sizes[1] - sizes[0]) / more / 1024, (spent[1] - spent[0]) / more * 1e6


def _load(door: Door, mode: str, streams: int, seconds: float, size: int) -> list[str]:
    return [
        sys.executable,
        "-m",
        "benchmarks.load",
        door.live_url,
        door.key,
        mode,
        str(streams),
        str(seconds),
        str(size),
    ]
