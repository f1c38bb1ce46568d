"""The arguments of the script that admits sessions, and its decision in words."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import attrs

from adapters.redis.rows import EPOCH, MICROSECOND, moment
from adapters.redis.usage_rows import lease_text
from aldea_core.domain.access.key_limits import (
    KeyAdmitted,
    KeyCounts,
    KeyLimits,
    MeterCount,
    decide_for_key,
)
from aldea_core.domain.access.limits import (
    Admitted,
    Counts,
    Entitlements,
    OrgStatus,
    Refused,
    SessionKind,
    admitted_before,
    concurrency_name,
    decide,
    quota_name,
)
from aldea_core.domain.access.meters import month_of
from aldea_core.domain.access.pace import interval
from aldea_core.domain.live.leases import Lease
from aldea_core.ports.leases import Outdated


# Index in KEYS of the sorted set of open sessions of a kind.
SETS = {SessionKind.LIVE: 2, SessionKind.FILE: 3}
_ADMITTED_BEFORE = 2


def admission_args(
    lease: Lease, entitlements: Entitlements, at: datetime, expires: datetime
) -> list[int | str]:
    """Arguments of admit.lua. *at* and *expires*, of the lease, are by the clock of Redis."""
    key, kind = lease.key, lease.kind
    limits = key.limits
    args = [
        (at - EPOCH) // MICROSECOND,  # written out: each session comes here
        lease.session,
        SETS[kind],
        (expires - EPOCH) // MICROSECOND,
        lease_text(lease),
        month_of(lease.started),
        lease.wanted_ms,
        key.id,
        *_terms(entitlements, kind),
    ]
    if limits is not None:
        args += *_key_terms(limits, entitlements.limits.request_burst), meters_text(lease)
    return args


def decision_of(
    found: Sequence[Any], lease: Lease, entitlements: Entitlements, at: datetime
) -> Admitted | Refused | Outdated:
    """What the script, which has decided, returned. The rules in the core word its decision."""
    if not found:
        return Outdated()
    admitted, count, used_ms, reserved_ms, arrival, granted_ms, *of_key = found
    counts = Counts(count, used_ms, _moment(arrival), reserved_ms)
    if admitted == _ADMITTED_BEFORE:
        before = admitted_before(entitlements, lease.kind, counts, granted_ms, at=at)
        return attrs.evolve(before, granted_ms=granted_ms) if lease.meters else before
    answer = decide(entitlements, lease.kind, counts, at=at, wanted_ms=lease.wanted_ms)
    if lease.key.limits is not None and isinstance(answer, Admitted):
        open_, key_arrival, *metered = of_key
        meters = zip(lease.meters, metered[::2], metered[1::2], strict=True)
        counts_of_key = KeyCounts(open_, _moment(key_arrival), [MeterCount(*m) for m in meters])
        burst, wanted_ms = entitlements.limits.request_burst, lease.wanted_ms
        for_key = decide_for_key(
            lease.key.limits, answer, counts_of_key, burst=burst, at=at, wanted_ms=wanted_ms
        )
        answer = for_key.admitted if isinstance(for_key, KeyAdmitted) else for_key
    if isinstance(answer, Admitted) != admitted:  # which is 0 or 1
        raise RuntimeError("admit.lua and the rules in the core have decided differently")
    return answer


def limited_key(lease: Lease) -> str:
    """The id of the lease's key if it has limits of its own, else the empty text."""
    return "" if lease.key.limits is None else lease.key.id


def meters_text(lease: Lease) -> str:
    """The lease's further meters, as scripts read them."""
    meters = lease.meters
    return "|".join(f"{each.name}={each.limit_ms}={each.reason.code}" for each in meters)


def _moment(text: str) -> datetime | None:
    return moment(int(text)) if text else None


@lru_cache(4096)
def _terms(entitlements: Entitlements, kind: SessionKind) -> tuple[int | str, ...]:
    """Arguments of admit.lua: the org's limits."""
    limits = entitlements.limits
    return (
        entitlements.version,
        int(entitlements.status is OrgStatus.SUSPENDED),
        "" if limits.quota_ms is None else limits.quota_ms,
        limits.concurrent(kind),
        *_pace(limits.requests_per_minute, limits.request_burst),
        quota_name(entitlements).code,
        concurrency_name(kind).code,
    )


@lru_cache(4096)
def _key_terms(limits: KeyLimits, burst: int) -> tuple[int | str, ...]:
    """
    Arguments of admit.lua: a key's own limits.

    Args:
        burst: Requests that the org's limits allow at once.
    """
    most = limits.concurrent_sessions
    return "" if most is None else most, *_pace(limits.requests_per_minute, limits.burst(burst))


def _pace(rate: int | None, burst: int) -> tuple[int | str, int]:
    """
    Microseconds between requests, and how many a request may be early; empty and 0 if the rate
    is unlimited.

    Args:
        rate: Requests a minute.
        burst: Requests allowed at once.
    """
    if rate is None:
        return "", 0
    # With a burst of 0 no request is ever allowed, so no interval applies.
    between = interval(rate) // MICROSECOND * bool(burst)
    return between, between * (burst - 1)
