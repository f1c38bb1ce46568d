"""A frame of audio up and a result down, as many as possible, in three sizes."""

from typing import Any

from benchmarks import measures
from benchmarks.bench import Bench
from benchmarks.rounds import interleaved


STREAMS = 64
SIZES = (640, 3200, 32_000)


def measure(bench: Bench) -> dict[str, Any]:
    plan = bench.plan
    with bench.opened(adapted=True) as opened:
        return {
            "streams": STREAMS,
            "sizes": {
                str(size): interleaved(
                    opened.targets,
                    plan.rounds,
                    lambda target, size=size: measures.frames(
                        target, streams=STREAMS, seconds=plan.seconds, size=size
                    ),
                    lambda what, size=size: bench.report(f"live frames of {size} bytes: {what}"),
                )
                for size in SIZES
            },
        }
