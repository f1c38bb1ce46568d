"""A file up and its transcript down, in three sizes."""

from typing import Any

from benchmarks import measures
from benchmarks.bench import Bench
from benchmarks.rounds import interleaved


# Bytes of a file: concurrent uploads.
SIZES = {3_200: 16, 320_000: 16, 32_000_000: 4}


def measure(bench: Bench) -> dict[str, Any]:
    plan = bench.plan
    with bench.opened() as opened:
        return {
            "sizes": {
                str(size): interleaved(
                    opened.file_targets,
                    plan.rounds,
                    lambda target, size=size, many=many: measures.files(
                        target, connections=many, seconds=plan.seconds, size=size
                    ),
                    lambda what, size=size: bench.report(f"uploads of {size} bytes: {what}"),
                )
                for size, many in SIZES.items()
            },
        }
