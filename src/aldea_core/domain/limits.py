"""
How much an org may ask for, and whether it has.

Counting is somebody else's job: `ports.leases.Leases`. Whoever counts, decides with `decide`, or
in the same order as it does: suspension, quota, concurrency, rate.
"""

import enum
import math

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, assert_never

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
    What an org may do.

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
        match kind:
            case Kind.LIVE:
                return self.concurrent_live
            case Kind.FILE:
                return self.concurrent_files
            case _:
                assert_never(kind)


def own_limits(limits: Limits, plan: Limits) -> dict[str, Any]:
    """What of *limits* is an org's own: whatever differs from its plan's."""
    values, of_plan = attrs.asdict(limits), attrs.asdict(plan)
    return {name: value for name, value in values.items() if value != of_plan[name]}


@attrs.frozen
class Standing:
    """How an org stands with us. A higher *version* is a newer one."""

    limits: Limits = Limits()
    status: OrgStatus = OrgStatus.ACTIVE
    version: int = 0


class LimitName(enum.StrEnum):
    """Which limit said no, by the name callers are told."""

    SUSPENSION = "suspension"
    QUOTA = "quota"
    CONCURRENT_LIVE = "concurrent live streams"
    CONCURRENT_FILES = "concurrent files"
    REQUEST_RATE = "requests per minute"
    OFFLINE_CAP = "sessions while the keystore is away"


@attrs.frozen
class Refused:
    """
    No, because of *name*: *count* were counted where *limit* is allowed.

    Attributes:
        retry_after: Seconds until it may be worth trying again, or None if time does not help.
    """

    name: LimitName
    limit: int
    count: int
    retry_after: float | None = None

    @override
    def __str__(self) -> str:
        match self.name:
            case LimitName.SUSPENSION:
                return "This organisation is suspended."
            case LimitName.QUOTA:
                return (
                    f"The monthly quota is used up: {self.count / 1000:g} of "
                    f"{self.limit / 1000:g} seconds of audio."
                )
            case LimitName.REQUEST_RATE:
                return f"Too many requests: the limit is {self.limit} {self.name}."
            case _:
                return f"Too many {self.name}: the limit is {self.limit}, {self.count} are open."


@attrs.frozen
class Admitted:
    """
    Yes.

    Attributes:
        limit: How many of this kind may be open at once.
        remaining: How many more.
        reset: Seconds until the request rate is whole again.
    """

    limit: int
    remaining: int
    reset: float = 0.0


@attrs.frozen
class Counts:
    """
    What was counted for an org at one moment.

    Attributes:
        open: Sessions of the kind asked for, without expired ones.
        used_ms: Audio used in this month.
        arrival: The theoretical arrival time of the next request (GCRA), or None before the first.
    """

    open: int = 0
    used_ms: int = 0
    arrival: datetime | None = None


def decide(standing: Standing, kind: Kind, counts: Counts, *, at: datetime) -> Admitted | Refused:
    """Whether one more session of *kind* may begin, nothing of it being counted yet."""
    limits = standing.limits
    if standing.status is OrgStatus.SUSPENDED:
        return Refused(LimitName.SUSPENSION, 0, 0)
    if limits.quota_ms is not None and counts.used_ms >= limits.quota_ms:
        return Refused(LimitName.QUOTA, limits.quota_ms, counts.used_ms)
    limit = limits.concurrent(kind)
    if counts.open >= limit:
        name = LimitName.CONCURRENT_LIVE if kind is Kind.LIVE else LimitName.CONCURRENT_FILES
        return Refused(name, limit, counts.open, retry_after=1)
    reset = 0.0
    if limits.requests_per_minute is not None:
        early = too_early(limits, counts.arrival, at=at)
        if early > 0:
            rate = limits.requests_per_minute
            return Refused(LimitName.REQUEST_RATE, rate, rate, retry_after=math.ceil(early))
        reset = (next_arrival(limits, counts.arrival, at=at) - at).total_seconds()
    return Admitted(limit, limit - counts.open - 1, reset)


def too_early(limits: Limits, arrival: datetime | None, *, at: datetime) -> float:
    """
    Seconds by which a request comes too early; none if 0 or less.

    The generic cell rate algorithm (ITU-T I.371): requests are due one interval apart, and may
    come up to a burst's worth of intervals before they are due.
    """
    if arrival is None or limits.requests_per_minute is None:
        return 0.0
    tolerance = interval(limits.requests_per_minute) * (limits.request_burst - 1)
    return (arrival - at - tolerance).total_seconds()


def next_arrival(limits: Limits, arrival: datetime | None, *, at: datetime) -> datetime:
    """When the request after one that is admitted now will be due."""
    due = at if arrival is None or arrival < at else arrival
    return due + interval(limits.requests_per_minute)


@lru_cache(1024)
def interval(requests_per_minute: int | None) -> timedelta:
    """Between two requests that come at a steady rate; none where there is no limit."""
    if not requests_per_minute:
        return timedelta(0)
    return timedelta(minutes=1) / requests_per_minute
