"""A live stream that opens and closes: its CPU, and its commands to Redis."""

import time

from collections.abc import Callable
from typing import Any

from benchmarks import measures
from benchmarks.bench import Bench, Opened
from benchmarks.processes import talk
from benchmarks.rounds import interleaved
from benchmarks.targets import Target


_CLIENTS = 16
_COUNTED = 500
_REST_SECONDS = 15
_OURS = {"info", "auth", "hello", "client|setinfo", "client|setname", "client"}


def measure(bench: Bench) -> dict[str, Any]:
    plan = bench.plan
    with bench.opened(adapted=True) as opened:
        costs = interleaved(
            opened.targets,
            plan.rounds,
            lambda target: measures.handshakes(target, clients=_CLIENTS, seconds=plan.seconds),
            lambda what: bench.report(f"handshakes: {what}"),
        )
        bench.report("what Redis is asked")
        return {
            "clients": _CLIENTS,
            "targets": costs,
            "commands": _commands(opened, opened.aldea),
        }


def _commands(opened: Opened, target: Target) -> dict[str, Any]:
    """
    Redis commands per stream. Redis also counts commands called by scripts: EVALSHA is the round
    trip, and the others are within it.
    """
    asked = opened.store.commands
    before = asked()
    with talk("streams", target.live_url, target.keys, "quiet", _COUNTED, 0, 3200) as load:
        load.receive(60)
        open_ = asked()
        measures.ended(load)
        closed = _at_rest(asked)
    return {"streams": _COUNTED, "opening": _per(before, open_), "closing": _per(open_, closed)}


def _at_rest(asked: Callable[[], dict[str, int]]) -> dict[str, int]:
    """Waits until the gateway releases no more leases: that continues after the client's close."""
    deadline = time.monotonic() + _REST_SECONDS
    found = asked()
    while time.monotonic() < deadline:
        time.sleep(1)
        before, found = found, asked()
        if found.get("evalsha", 0) - before.get("evalsha", 0) < 2:
            break
    return found


def _per(before: dict[str, int], after: dict[str, int]) -> dict[str, float]:
    """Calls per stream. Commands that are independent of streams round to zero."""
    calls = {
        name: round((count - before.get(name, 0)) / _COUNTED, 2)
        for name, count in after.items()
        if name not in _OURS
    }
    return {name: count for name, count in sorted(calls.items()) if count}
