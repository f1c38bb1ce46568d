"""The time from a change by the API to its effect in the gateways."""

from typing import Any

from benchmarks import sync_path
from benchmarks.bench import Bench


def measure(bench: Bench) -> dict[str, Any]:
    found = sync_path.measured(bench.plan.changes, bench.report)
    return {
        "until": {
            name: {"changes": count, "p50": p50, "p99": p99, "most": most}
            for name, count, p50, p99, most in found.rows()
        },
    }
