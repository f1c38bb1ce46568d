"""
A frame of audio up and a result down, as many as possible, in three sizes.

Streams of an org with a quota reserve audio, ten seconds at a time. Here audio comes a hundred
times as fast as anybody speaks, so that these streams wait for their next reservation most of the
time. They are measured beside the others.
"""

from typing import Any

import attrs

from benchmarks import measures
from benchmarks.bench import Bench
from benchmarks.rounds import interleaved
from benchmarks.targets import WITH_QUOTA


STREAMS = 64
SIZES = (640, 3200, 32_000)


def measure(bench: Bench) -> dict[str, Any]:
    plan = bench.plan
    with bench.opened(adapted=True) as opened:
        keys = opened.store.keys_without_quota
        targets = [
            *(attrs.evolve(target, keys=keys) for target in opened.targets),
            attrs.evolve(opened.aldea, name=WITH_QUOTA),
        ]
        return {
            "streams": STREAMS,
            "sizes": {
                str(size): interleaved(
                    targets,
                    plan.rounds,
                    lambda target, size=size: measures.frames(
                        target, streams=STREAMS, seconds=plan.seconds, size=size
                    ),
                    lambda what, size=size: bench.report(f"live frames of {size} bytes: {what}"),
                )
                for size in SIZES
            },
        }
