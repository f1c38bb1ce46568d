"""Streams that are open and send nothing but KeepAlive every three seconds."""

import time

from typing import Any

from benchmarks import measures
from benchmarks.bench import Bench
from benchmarks.handlers import Handler
from benchmarks.machine import cpu_seconds, own_bytes
from benchmarks.processes import talk


def measure(bench: Bench) -> dict[str, Any]:
    plan = bench.plan
    with bench.opened() as opened:
        found: dict[str, Any] = {"streams": plan.idle, "every": 3, "doors": {}}
        before = cpu_seconds(opened.aldea.live_pids)
        bench.tell("a gateway without streams")
        time.sleep(plan.idle_seconds / 2)
        spent = cpu_seconds(opened.aldea.live_pids) - before
        found["empty"] = round(spent / (plan.idle_seconds / 2), 5)
        for handler in opened.proxies:
            bench.tell(f"{plan.idle} idle streams, {handler.name}")
            found["doors"][handler.name] = _share(handler, plan.idle, plan.idle_seconds)
        return found


def _share(handler: Handler, streams: int, seconds: float) -> dict[str, Any]:
    with talk("streams", handler.live_url, handler.keys, "quiet", streams, 0, 3200) as load:
        load.hear(90)
        time.sleep(1)
        before = cpu_seconds(handler.live_pids)
        time.sleep(seconds)
        spent = cpu_seconds(handler.live_pids) - before
        size = own_bytes(handler.live_pids)
        end = measures.ended(load)
    return {
        "share": round(spent / seconds, 5),
        "mib": round(size / 2**20, 1),
        "closed": end["closed"],
    }
