"""
How much an org may ask for, and whether it has.

Counting is somebody else's job: `ports.leases.Leases`. Whoever counts, decides with `decide`, or
in the same order as it does: suspension, quota, concurrency, rate.
"""

import enum
import math

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import attrs

from typing_extensions import override


class Kind(enum.StrEnum):
    """The two ways of being transcribed."""

    LIVE = "live"
    FILE = "file"


class OrgStatus(enum.StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"


@attrs.frozen
class Limits:
    """
    What an org may do. 0 allows nothing, whichever limit it is.

    Attributes:
        concurrent_live: Live streams open at once, over all its keys.
        concurrent_files: Files in work at once, over all its keys.
        requests_per_minute: Sessions it may begin a minute, steadily; None is without bound.
        request_burst: How many of them may come at once.
        quota_ms: Milliseconds of audio in a calendar month (UTC); None is without bound.
        max_upload_bytes: The largest file.
        max_file_seconds: The longest file.
        max_live_seconds: The longest live session, by the wall clock.
    """

    concurrent_live: int = 10
    concurrent_files: int = 10
    requests_per_minute: int | None = 600
    request_burst: int = 100
    quota_ms: int | None = None
    max_upload_bytes: int = 2_000_000_000
    max_file_seconds: int = 600
    max_live_seconds: int = 4 * 3600

    def concurrent(self, kind: Kind) -> int:
        if kind is Kind.FILE:
            return self.concurrent_files
        return self.concurrent_live if self.max_live_seconds else 0


def own_limits(limits: Limits, plan: Limits) -> dict[str, Any]:
    """What of *limits* is an org's own: whatever differs from its plan's."""
    values, of_plan = attrs.asdict(limits), attrs.asdict(plan)
    return {name: value for name, value in values.items() if value != of_plan[name]}


@attrs.frozen
class Entitlements:
    """
    How an org stands with us. A higher *version* is a newer one.

    Attributes:
        is_capped: Whether the quota is what the org's spending cap allows.
    """

    limits: Limits = Limits()
    status: OrgStatus = OrgStatus.ACTIVE
    version: int = 0
    is_capped: bool = False


class LimitName(enum.StrEnum):
    """Which limit said no, by the name callers are told."""

    SUSPENSION = "suspension"
    QUOTA = "quota"
    SPENDING_CAP = "spending cap"
    CONCURRENT_LIVE = "concurrent live streams"
    CONCURRENT_FILES = "concurrent files"
    REQUESTS_PER_MINUTE = "requests per minute"
    OFFLINE_CAP = "sessions while the keystore is away"

    @property
    def code(self) -> str:
        """By which reports and metrics know it."""
        return self.name.lower()


_QUOTAS = {
    LimitName.QUOTA: "monthly quota is used up",
    LimitName.SPENDING_CAP: "spending cap of this month is reached",
}


@attrs.frozen
class Refused:
    """
    No, because of *name*: *count* were counted where *limit* is allowed.

    Attributes:
        retry_after: Seconds until it may be worth trying again, or None if time does not help.
        reserved: Of the audio counted against a quota, what open sessions only reserved.
        burst: How many requests may come at once, if they come too fast.
        open: How many sessions of the kind asked for are open then.
        allowed: How many may be.
    """

    name: LimitName
    limit: int
    count: int
    retry_after: float | None = None
    reserved: int = attrs.field(default=0, kw_only=True)
    burst: int = attrs.field(default=0, kw_only=True)
    open: int = attrs.field(default=0, kw_only=True)
    allowed: int = attrs.field(default=0, kw_only=True)

    @override
    def __str__(self) -> str:
        again = "" if self.retry_after is None else f" Try again in {_seconds(self.retry_after)}."
        match self.name:
            case LimitName.SUSPENSION:
                return "This organisation is suspended."
            case LimitName.QUOTA | LimitName.SPENDING_CAP:
                used, most = f"{self.count / 1000:g}", f"{self.limit / 1000:g} seconds of audio"
                held = f", {self.reserved / 1000:g} of them by open sessions" * bool(self.reserved)
                return f"The {_QUOTAS[self.name]}: {used} of {most}{held}.{again}"
            case LimitName.REQUESTS_PER_MINUTE:
                at_once = f", {self.burst} at once" if self.burst else ""
                return (
                    f"Too many requests: the limit is {self.limit} {self.name}{at_once}; "
                    f"{self.count} are counted.{again}"
                )
            case _:
                return (
                    f"Too many {self.name}: the limit is {self.limit}, "
                    f"{self.count} are open.{again}"
                )


def _seconds(number: float) -> str:
    return "1 second" if number == 1 else f"{number:g} seconds"


@attrs.frozen
class Admitted:
    """
    Yes.

    Attributes:
        limit: How many of this kind may be open at once.
        remaining: How many more.
        reset: Seconds until the request rate is whole again.
        granted_ms: Audio that is reserved for the session, None if there is no quota.
    """

    limit: int
    remaining: int
    reset: float = 0.0
    granted_ms: int | None = None


@attrs.frozen
class Counts:
    """
    What was counted for an org at one moment.

    Attributes:
        open: Sessions of the kind asked for, without expired ones.
        used_ms: Audio used in this month.
        arrival: The theoretical arrival time of the next request (GCRA), or None before the first.
        reserved_ms: Audio of this month that open sessions may still use.
    """

    open: int = 0
    used_ms: int = 0
    arrival: datetime | None = None
    reserved_ms: int = 0


def decide(
    entitlements: Entitlements, kind: Kind, counts: Counts, at: datetime, wanted_ms: int = 0
) -> Admitted | Refused:
    """
    Whether one more session of *kind* may begin, nothing of it being counted yet.

    Args:
        wanted_ms: Audio to reserve for it, or as much of that as is left of the quota.
    """
    limits = entitlements.limits
    if entitlements.status is OrgStatus.SUSPENDED:
        return Refused(LimitName.SUSPENSION, 0, 0)
    granted = None
    if limits.quota_ms is not None:
        taken = counts.used_ms + counts.reserved_ms
        if taken >= limits.quota_ms:
            return _used_up(entitlements, counts)
        granted = min(wanted_ms, limits.quota_ms - taken)
    limit, open_ = limits.concurrent(kind), counts.open
    if open_ >= limit:
        again = 1 if limit else None
        return Refused(concurrency_name(kind), limit, open_, again)
    reset = 0.0
    rate = limits.requests_per_minute
    if rate is not None:
        # The generic cell rate algorithm (ITU-T I.371): requests are due one interval apart, and may
        # come up to a burst's worth of intervals before they are due.
        between, arrival = interval(rate), counts.arrival
        ahead = _NO_TIME if arrival is None or arrival < at else arrival - at
        early = ahead - between * (limits.request_burst - 1)
        if early > _NO_TIME or not between:
            return _too_fast(limits, kind, counts, ahead, early)
        reset = (ahead + between).total_seconds()
    return Admitted(limit, limit - open_ - 1, reset, granted)


def admitted_before(
    entitlements: Entitlements, kind: Kind, counts: Counts, granted_ms: int, *, at: datetime
) -> Admitted:
    """
    What was answered to a session that is open already, whose admission is asked for again
    because the first answer was lost; *counts* are those with it.
    """
    limits = entitlements.limits
    limit = limits.concurrent(kind)
    reset = 0.0 if counts.arrival is None else max(0.0, (counts.arrival - at).total_seconds())
    granted = None if limits.quota_ms is None else granted_ms
    return Admitted(limit, max(0, limit - counts.open), reset, granted)


def concurrency_name(kind: Kind) -> LimitName:
    return LimitName.CONCURRENT_LIVE if kind is Kind.LIVE else LimitName.CONCURRENT_FILES


def quota_name(entitlements: Entitlements) -> LimitName:
    """What people know the org's quota as."""
    return LimitName.SPENDING_CAP if entitlements.is_capped else LimitName.QUOTA


def _used_up(entitlements: Entitlements, counts: Counts) -> Refused:
    quota = entitlements.limits.quota_ms or 0
    # What is reserved may be given back, and what is used is not.
    passes = counts.used_ms < quota
    return Refused(
        quota_name(entitlements),
        quota,
        counts.used_ms + counts.reserved_ms,
        1 if passes else None,
        reserved=counts.reserved_ms,
    )


def _too_fast(
    limits: Limits, kind: Kind, counts: Counts, ahead: timedelta, early: timedelta
) -> Refused:
    rate, burst = limits.requests_per_minute or 0, limits.request_burst
    may_come = rate > 0 and burst > 0
    return Refused(
        LimitName.REQUESTS_PER_MINUTE,
        rate,
        math.ceil(ahead / interval(rate)) if may_come else 0,
        math.ceil(early.total_seconds()) if may_come else None,
        burst=burst,
        open=counts.open,
        allowed=limits.concurrent(kind),
    )


_NO_TIME = timedelta(0)


@lru_cache(1024)
def interval(requests_per_minute: int | None) -> timedelta:
    """Between two requests that come at a steady rate; none where there is no limit, or no rate."""
    if not requests_per_minute:
        return _NO_TIME
    return timedelta(minutes=1) / requests_per_minute
