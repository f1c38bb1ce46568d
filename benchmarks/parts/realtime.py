"""
Streams in real time, ten frames per second each: the latency a proxy adds, and
the frames it loses.
"""

import time

from typing import Any

from benchmarks.bench import Bench
from benchmarks.machine import cpu_seconds, resident_bytes
from benchmarks.processes import talk
from benchmarks.targets import Target


SIZE = 3200
# From this number of streams on, engines answer like real ones: an interim result per second, of
# which every third is final. Below it every frame is answered, for enough samples.
MANY = 5000
_OPENING_SECONDS = 90.0
_ENDING_SECONDS = 60.0


def answering(streams: int) -> dict[str, int]:
    return {"every": 10, "final": 3} if streams >= MANY else {"every": 1, "final": 10}


def measure(bench: Bench) -> dict[str, Any]:
    found: dict[str, Any] = {"streams": {}}
    for streams, seconds in bench.plan.realtime:
        rows = found["streams"][str(streams)] = {"answering": answering(streams), "targets": {}}
        with bench.opened() as opened:
            opened.engine.answer(**answering(streams))
            for target in opened.targets:
                lasting = seconds
                if streams >= MANY and target.name == "aldea":
                    lasting = bench.plan.long or seconds
                bench.report(f"{streams} streams in real time for {lasting:.0f} s, {target.name}")
                rows["targets"][target.name] = paced(target, streams, lasting)
    return found


def paced(target: Target, streams: int, seconds: float) -> dict[str, Any]:
    sizes: list[float] = []

    def look() -> None:
        sizes.append(round(resident_bytes(target.live_pids) / 2**20, 1))

    with talk("streams", target.live_url, target.keys, "paced", streams, seconds, SIZE) as load:
        opened = load.receive(_OPENING_SECONDS)["opened"]
        look()
        before, began = cpu_seconds(target.live_pids), time.monotonic()
        between = load.receive(
            seconds * 2 + _ENDING_SECONDS, meanwhile=look, every=max(0.25, seconds / 60)
        )
        spent = cpu_seconds(target.live_pids) - before
        lasted = time.monotonic() - began
        look()
        found: dict[str, Any] = load.receive(_ENDING_SECONDS)
    return {
        **{
            name: round(value, 3) if isinstance(value, float) else value
            for name, value in found.items()
        },
        "seconds": round(lasted, 1),
        "opened": round(opened, 2),
        "share": round(spent / lasted, 4),
        "micros": round(spent / max(1, between["sent"]) * 1e6, 3),
        "mib": sizes,
    }
