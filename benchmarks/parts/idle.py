"""Open streams that send only KeepAlive, every three seconds."""

import time

from typing import Any

from benchmarks import measures
from benchmarks.bench import Bench
from benchmarks.machine import cpu_seconds, own_bytes
from benchmarks.processes import talk
from benchmarks.targets import Target


def measure(bench: Bench) -> dict[str, Any]:
    plan = bench.plan
    with bench.opened() as opened:
        found: dict[str, Any] = {"streams": plan.idle, "every": 3, "targets": {}}
        before = cpu_seconds(opened.aldea.live_pids)
        bench.report("a gateway without streams")
        time.sleep(plan.idle_seconds / 2)
        spent = cpu_seconds(opened.aldea.live_pids) - before
        found["empty"] = round(spent / (plan.idle_seconds / 2), 5)
        for target in opened.proxies:
            bench.report(f"{plan.idle} idle streams, {target.name}")
            found["targets"][target.name] = _share(target, plan.idle, plan.idle_seconds)
        return found


def _share(target: Target, streams: int, seconds: float) -> dict[str, Any]:
    with talk("streams", target.live_url, target.keys, "quiet", streams, 0, 3200) as load:
        load.receive(90)
        time.sleep(1)
        before = cpu_seconds(target.live_pids)
        time.sleep(seconds)
        spent = cpu_seconds(target.live_pids) - before
        size = own_bytes(target.live_pids)
        end = measures.ended(load)
    return {
        "share": round(spent / seconds, 5),
        "mib": round(size / 2**20, 1),
        "closed": end["closed"],
    }
