"""What other clients notice while one connection sends tiny frames as fast as it can."""

from typing import Any

from benchmarks.bench import Bench
from benchmarks.load.flood import FRAMES
from benchmarks.parts.realtime import paced
from benchmarks.processes import talk
from benchmarks.targets import Target


STREAMS = 64
NONE = "no flood"


def measure(bench: Bench) -> dict[str, Any]:
    seconds = bench.plan.flood_seconds
    with bench.opened(peers=False) as opened:
        found = {NONE: paced(opened.aldea, STREAMS, seconds)}
        for kind in FRAMES:
            bench.report(f"{STREAMS} streams beside a flood of {kind}")
            found[kind] = _flooded(opened.aldea, kind, seconds)
    return {"streams": STREAMS, "floods": found}


def _flooded(target: Target, kind: str, seconds: float) -> dict[str, Any]:
    with talk("flood", target.live_url, target.keys, kind) as flood:
        flood.receive(10)
        found = paced(target, STREAMS, seconds)
        flood.say("enough")
        return {**found, "flood": flood.receive(10)}
