"""The parts of the benchmark, each of which can be measured alone. `PARTS` has their order."""

from collections.abc import Callable
from typing import Any

from benchmarks.bench import Bench
from benchmarks.parts import (
    flood,
    growth,
    handshakes,
    idle,
    leases,
    litellm,
    live,
    memory,
    realtime,
    recognition,
    startup,
    sync_path,
    uploads,
)


PARTS: dict[str, Callable[[Bench], dict[str, Any]]] = {
    "live": live.measure,
    "realtime": realtime.measure,
    "memory": memory.measure,
    "handshakes": handshakes.measure,
    "uploads": uploads.measure,
    "growth": growth.measure,
    "idle": idle.measure,
    "leases": leases.measure,
    "flood": flood.measure,
    "sync": sync_path.measure,
    "startup": startup.measure,
    "recognition": recognition.measure,
    "litellm": litellm.measure,
}
