"""What admissions, renewals and releases cost Redis itself: its CPU, and memory of an open lease."""

import asyncio

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.redis.client import connect
from adapters.redis.leases import RedisLeases
from aldea_core.domain.access.limits import Admitted, SessionKind
from aldea_core.domain.ids import SessionId, TaskId
from aldea_core.domain.live.leases import Lease
from aldea_core.ports.leases import Renewal
from benchmarks.bench import Bench
from benchmarks.store import ENTITLEMENTS, KEYS_AN_ORG, key_of


LEASES = 4_000
_ROUNDS = 5
_ORGS = 100
_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
_LIFE = timedelta(seconds=30)


def measure(bench: Bench) -> dict[str, Any]:
    with bench.opened(peers=False) as opened:
        bench.report(f"{LEASES:,} leases in Redis")
        opened.store.fill(_ORGS * KEYS_AN_ORG)
        with opened.store.server.client() as client:

            def micros() -> float:
                """Microseconds for which Redis has run scripts."""
                return float(client.info("commandstats")["cmdstat_evalsha"]["usec"])

            def used() -> int:
                return int(client.info("memory")["used_memory"])

            return asyncio.run(_measure(opened.store.url, micros, used))


async def _measure(
    url: str, micros: Callable[[], float], used: Callable[[], int]
) -> dict[str, Any]:
    redis = connect(url)
    leases = RedisLeases(redis)
    try:
        # One lease of each org first: scripts are loaded, and every org's keys exist.
        await _admit(leases, [_lease(n) for n in range(LEASES, LEASES + _ORGS)])
        rounds = [await _round(leases, micros, used) for _ in range(_ROUNDS)]
    finally:
        await redis.close()
    # The least time: whatever else the machine does can only add. The most memory: later rounds
    # find room that earlier ones have made.
    admission, renewal, release = (min(values) for values in list(zip(*rounds, strict=True))[:3])
    memory = max(found[-1] for found in rounds)
    return {
        "leases": LEASES,
        "orgs": _ORGS,
        "admission": round(admission, 2),
        "renewal": round(renewal, 2),
        "release": round(release, 2),
        "bytes": round(memory),
    }


async def _round(
    leases: RedisLeases, micros: Callable[[], float], used: Callable[[], int]
) -> tuple[float, float, float, float]:
    """Microseconds of an admission, a renewal and a release, and bytes of an open lease."""
    held = [_lease(n) for n in range(LEASES)]
    began, empty = micros(), used()
    await _admit(leases, held)
    admitted, full = micros(), used()
    at = _BEGAN + timedelta(seconds=5)
    await leases.renew([Renewal(lease, ENTITLEMENTS) for lease in held], at=at)
    renewed = micros()
    for lease in held:
        await leases.release(lease, audio_ms=1000, at=at)
    spent = (admitted - began, renewed - admitted, micros() - renewed, full - empty)
    return tuple(value / LEASES for value in spent)


async def _admit(leases: RedisLeases, wanted: list[Lease]) -> None:
    for lease in wanted:
        answer = await leases.admit(lease, ENTITLEMENTS, at=_BEGAN)
        assert isinstance(answer, Admitted), answer


def _lease(number: int) -> Lease:
    return Lease(
        SessionId(f"00000000-0000-4000-8000-{number:012}"),
        key_of(number % _ORGS * KEYS_AN_ORG),
        SessionKind.LIVE,
        TaskId("task-1"),
        _BEGAN,
        _BEGAN + _LIFE,
    )
