"""Memory of one more live stream: idle, and with audio that no engine has answered yet."""

from typing import Any

from benchmarks import measures
from benchmarks.bench import Bench


KEPT_SECONDS = 3.0
KEPT_BYTES = 96_000


def measure(bench: Bench) -> dict[str, Any]:
    many = bench.plan.many
    few = many // 10
    found: dict[str, Any] = {"streams": many, "kept_bytes": KEPT_BYTES, "quiet": {}, "kept": {}}
    with bench.opened(adapted=True) as opened:
        for target in opened.proxies:
            bench.report(f"memory of {many} streams, {target.name}")
            measures.memory(target, few=few, many=few + 1)  # warms up: one-time allocations
            kib, micros = measures.memory(target, few=few, many=many)
            found["quiet"][target.name] = {"kib": round(kib, 2), "micros": round(micros, 1)}
    with bench.opened(adapted=True) as opened:
        opened.engine.answer(every=10**9, final=1)
        for target in opened.proxies:
            bench.report(f"memory of {many} streams with audio kept, {target.name}")
            measures.memory(target, few=few, many=few + 1, kept_seconds=KEPT_SECONDS)
            kib, _ = measures.memory(target, few=few, many=many, kept_seconds=KEPT_SECONDS)
            found["kept"][target.name] = {"kib": round(kib, 2)}
    return found
