"""
What a number of concurrent live streams takes: tasks, Redis, load balancers, records, money.

Every figure is the number of streams times what one costs, with the cost of one from the benchmark's results
and what cannot be measured here from `Habits` and `Prices`. It is a first estimate, to see what
grows first; it does not replace a load test.
"""

import math

from typing import Any, Self

import attrs

from aldea_core.use_cases.live.renew_sessions import INTERVAL_SECONDS
from benchmarks.report.table import median
from benchmarks.results import Results


_HOUR = 3600
_KIB = 1024
_GB = 10**9


@attrs.frozen
class Habits:
    """
    What is assumed of clients and of how the system is run.

    Attributes:
        session_seconds: Mean length of a live stream.
        audio_bytes: Bytes of audio a second of a stream: 16-bit PCM at 16 kHz.
        renewal_seconds: Between two renewals of a lease.
        busy: Share of a core, and of Redis, that is used in normal times.
        streams_a_gpu: Live streams of one engine. Not measured: see `docs/engines.md`.
        record_bytes: A usage record in PostgreSQL, with its indexes. An estimate.
    """

    session_seconds: float = 300
    audio_bytes: float = 32_000
    renewal_seconds: float = INTERVAL_SECONDS
    busy: float = 0.5
    streams_a_gpu: int = 50
    record_bytes: int = 700


@attrs.frozen
class Prices:
    """
    On-demand list prices of us-west-2 in US dollars, as of November 2026; check them before use.

    A load balancer's unit is 1 GB an hour, 3,000 open connections or 25 new ones a second, of which
    the largest counts (https://aws.amazon.com/elasticloadbalancing/pricing/).
    """

    task_hour: float = 0.04048 + 2 * 0.004445
    redis_node_hour: float = 0.175
    balancer_unit_hour: float = 0.008
    accelerator_gb: float = 0.015
    between_zones_gb: float = 0.02
    gpu_hour: float = 0.8048


@attrs.frozen
class StreamCost:
    """
    What one live stream costs, from the benchmark.

    Attributes:
        core: Share of a gateway's core, in real time.
        handshake_seconds: Seconds of a gateway's core for opening and closing it.
        memory_kib: Memory of a gateway, with some seconds of audio kept.
        redis_open_seconds: Seconds of Redis' core for admission and release.
        redis_renewal_seconds: Seconds of Redis' core for one renewal.
        redis_bytes: Memory of Redis.
    """

    core: float
    handshake_seconds: float
    memory_kib: float
    redis_open_seconds: float
    redis_renewal_seconds: float
    redis_bytes: float

    @classmethod
    def of(cls, results: Results) -> Self:
        """
        Raises:
            KeyError: A part that is needed was not measured.
        """
        parts = results.parts
        streams, row = max(
            _found(parts, "realtime")["streams"].items(), key=lambda found: int(found[0])
        )
        leases = _found(parts, "leases")
        return cls(
            core=row["targets"]["aldea"]["share"] / int(streams),
            handshake_seconds=median(_found(parts, "handshakes")["targets"]["aldea"]) / 1e6,
            memory_kib=_found(parts, "memory")["kept"]["aldea"]["kib"],
            redis_open_seconds=(leases["admission"] + leases["release"]) / 1e6,
            redis_renewal_seconds=leases["renewal"] / 1e6,
            redis_bytes=leases["bytes"],
        )


def _found(parts: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
    found: dict[str, Any] = parts[name]["found"]
    return found


@attrs.frozen
class Taken:
    """
    What *streams* concurrent live streams take. Money is in dollars an hour.

    Attributes:
        openings: Streams that open in a second.
        cores: Gateways' cores at full load.
        tasks: Gateways' tasks of one core, with room for the loss of one of two zones.
        redis_cores: Cores that Redis' scripts use.
        shards: Redis' primaries.
        gigabits: Audio that comes in, Gbit/s.
        balancer_units: Capacity units of the load balancers.
        records: Usage records in a day.
        record_gb: What they take in PostgreSQL.
        gpus: Engines' GPUs.
        costs: Dollars an hour, by what for.
    """

    streams: int
    openings: float
    cores: float
    tasks: int
    memory_gb: float
    redis_cores: float
    redis_gb: float
    shards: int
    gigabits: float
    balancer_units: float
    records: float
    record_gb: float
    gpus: int
    costs: dict[str, float]

    @property
    def cents_an_hour_of_audio(self) -> float:
        """Without the engines, which cost more than everything else."""
        gateways = sum(cost for what, cost in self.costs.items() if what != "engines")
        return 100 * gateways / self.streams


def taken(streams: int, cost: StreamCost, habits: Habits, prices: Prices) -> Taken:
    openings = streams / habits.session_seconds
    cores = streams * cost.core + openings * cost.handshake_seconds
    redis_cores = (
        openings * cost.redis_open_seconds
        + streams / habits.renewal_seconds * cost.redis_renewal_seconds
    )
    gb_an_hour = streams * habits.audio_bytes * _HOUR / _GB
    units = max(gb_an_hour, streams / 3000, openings / 25)
    tasks = max(2, 2 * math.ceil(cores / habits.busy / 2))
    shards = max(2, math.ceil(redis_cores / habits.busy))
    gpus = math.ceil(streams / habits.streams_a_gpu)
    records = openings * 24 * _HOUR
    return Taken(
        streams,
        openings,
        cores,
        tasks,
        streams * cost.memory_kib * _KIB / _GB,
        redis_cores,
        streams * cost.redis_bytes / _GB,
        shards,
        streams * habits.audio_bytes * 8 / _GB,
        units,
        records,
        records * habits.record_bytes / _GB,
        gpus,
        {
            "gateways": tasks * prices.task_hour,
            "Redis": 2 * shards * prices.redis_node_hour,
            "load balancers": units * prices.balancer_unit_hour,
            "accelerator": gb_an_hour * prices.accelerator_gb,
            "between zones": gb_an_hour / 2 * prices.between_zones_gb,
            "engines": gpus * prices.gpu_hour,
        },
    )
