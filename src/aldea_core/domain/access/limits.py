"""
Limits of an org, and the decision whether a new session is within them.

`ports.leases.Leases` counts. Its implementations decide with `decide`, or check in the same
order: suspension, quota, concurrency, rate.
"""

import enum
import math

from datetime import datetime, timedelta
from typing import Any

import attrs

from typing_extensions import override

from aldea_core.domain.access.pace import ahead_of_rate, interval


class SessionKind(enum.StrEnum):
    """The two kinds of session."""

    LIVE = "live"
    FILE = "file"


class OrgStatus(enum.StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"


# A global costs a sixth of an enumeration's member, and each admission asks for these.
_SUSPENDED, _FILE = OrgStatus.SUSPENDED, SessionKind.FILE


@attrs.frozen(cache_hash=True)
class Limits:
    """
    An org's limits. For every limit, 0 allows nothing.

    Attributes:
        concurrent_live: Live streams open at once, over all keys of the org.
        concurrent_files: Files in progress at once, over all keys of the org.
        requests_per_minute: Steady rate of new sessions; None is unlimited.
        request_burst: New sessions that may begin at once.
        quota_ms: Milliseconds of audio per calendar month (UTC); None is unlimited.
        max_upload_bytes: Size of the largest file.
        max_file_seconds: Duration of the longest file.
        max_live_seconds: Duration of the longest live session, by the wall clock.
    """

    concurrent_live: int = 10
    concurrent_files: int = 10
    requests_per_minute: int | None = 600
    request_burst: int = 100
    quota_ms: int | None = None
    max_upload_bytes: int = 2_000_000_000
    max_file_seconds: int = 600
    max_live_seconds: int = 4 * 3600

    def concurrent(self, kind: SessionKind) -> int:
        if kind is _FILE:
            return self.concurrent_files
        return self.concurrent_live if self.max_live_seconds else 0


def own_limits(limits: Limits, plan: Limits) -> dict[str, Any]:
    """The org's own limits: those of *limits* that differ from its plan's."""
    values, of_plan = attrs.asdict(limits), attrs.asdict(plan)
    return {name: value for name, value in values.items() if value != of_plan[name]}


@attrs.frozen(cache_hash=True)
class Entitlements:
    """
    What an org may do: its limits and its status. A higher *version* is a newer one.

    Attributes:
        is_capped: Whether the quota comes from the org's spending cap.
    """

    limits: Limits = Limits()
    status: OrgStatus = OrgStatus.ACTIVE
    version: int = 0
    is_capped: bool = False


class LimitName(enum.StrEnum):
    """The limit that refused a session; the value is shown to callers."""

    SUSPENSION = "suspension"
    QUOTA = "quota"
    SPENDING_CAP = "spending cap"
    CONCURRENT_LIVE = "concurrent live streams"
    CONCURRENT_FILES = "concurrent files"
    REQUESTS_PER_MINUTE = "requests per minute"
    KEY_SESSIONS = "open sessions of this API key"
    KEY_QUOTA = "monthly quota of this API key"
    GRANTED_AUDIO = "audio of this token"
    KEY_REQUESTS_PER_MINUTE = "requests per minute of this API key"
    OFFLINE_CAP = "sessions while the keystore is away"

    @property
    def code(self) -> str:
        """The limit's name in reports and metrics."""
        return self.name.lower()


_QUOTAS = {
    LimitName.QUOTA: "monthly quota is used up",
    LimitName.SPENDING_CAP: "spending cap of this month is reached",
    LimitName.KEY_QUOTA: "monthly quota of this API key is used up",
    LimitName.GRANTED_AUDIO: "audio that this token allows is used up",
}


_NO_TIME = timedelta(0)


@attrs.frozen
class Refused:
    """
    A refusal by the limit *name*: *count* were counted where *limit* is allowed.

    Attributes:
        retry_after: Seconds after which to try again; None if waiting does not help.
        reserved: The part of a quota's count that open sessions have reserved but not used.
        burst: Requests that may come at once, if the request rate refused.
        open: Open sessions of the requested kind, if the request rate refused.
        allowed: Allowed open sessions of that kind.
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
            case name if name in _QUOTAS:
                used, most = f"{self.count / 1000:g}", f"{self.limit / 1000:g} seconds of audio"
                held = f", {self.reserved / 1000:g} of them by open sessions" * bool(self.reserved)
                return f"The {_QUOTAS[self.name]}: {used} of {most}{held}.{again}"
            case LimitName.REQUESTS_PER_MINUTE | LimitName.KEY_REQUESTS_PER_MINUTE:
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


@attrs.frozen(slots=False)  # as `Lease`
class Admitted:
    """
    An admission.

    Attributes:
        limit: Sessions of this kind that may be open at once.
        remaining: How many more may be opened.
        reset: Seconds until the full burst of requests is available again.
        granted_ms: Audio reserved for the session, None if there is no quota.
    """

    limit: int
    remaining: int
    reset: float = 0.0
    granted_ms: int | None = None


@attrs.frozen(slots=False)  # as `Lease`
class Counts:
    """
    An org's counts at one moment.

    Attributes:
        open: Open sessions of the requested kind, without expired ones.
        used_ms: Audio used in this month.
        arrival: The theoretical arrival time of the next request (GCRA), or None before the first.
        reserved_ms: Audio of this month that open sessions may still use.
    """

    open: int = 0
    used_ms: int = 0
    arrival: datetime | None = None
    reserved_ms: int = 0


def decide(
    entitlements: Entitlements, kind: SessionKind, counts: Counts, at: datetime, wanted_ms: int = 0
) -> Admitted | Refused:
    """
    Decides whether one more session of *kind* may begin. *counts* do not include that session.

    Args:
        wanted_ms: Audio to reserve; less is reserved if less is left of the quota.
    """
    limits = entitlements.limits
    if entitlements.status is _SUSPENDED:
        return Refused(LimitName.SUSPENSION, 0, 0)
    granted = None
    if limits.quota_ms is not None:
        taken = counts.used_ms + counts.reserved_ms
        if taken >= limits.quota_ms:
            return _used_up(entitlements, counts)
        granted = min(wanted_ms, limits.quota_ms - taken)
    limit = limits.concurrent(kind)
    open_ = counts.open
    if open_ >= limit:
        again = 1 if limit else None
        return Refused(concurrency_name(kind), limit, open_, again)
    rate = limits.requests_per_minute
    if rate is None:
        reset = 0.0
    else:
        ahead, early = ahead_of_rate(counts.arrival, rate, limits.request_burst, at)
        if early > _NO_TIME:
            return _too_fast(limits, kind, counts, ahead, early)
        reset = ahead.total_seconds()
    return Admitted(limit, limit - open_ - 1, reset, granted)


def admitted_before(
    entitlements: Entitlements, kind: SessionKind, counts: Counts, granted_ms: int, *, at: datetime
) -> Admitted:
    """
    The admission of a session that is already open. Needed when a client repeats the command
    because the first response was lost; *counts* include the session.
    """
    limits = entitlements.limits
    limit = limits.concurrent(kind)
    reset = 0.0 if counts.arrival is None else max(0.0, (counts.arrival - at).total_seconds())
    granted = None if limits.quota_ms is None else granted_ms
    return Admitted(limit, max(0, limit - counts.open), reset, granted)


def concurrency_name(kind: SessionKind) -> LimitName:
    return LimitName.CONCURRENT_LIVE if kind is SessionKind.LIVE else LimitName.CONCURRENT_FILES


def quota_name(entitlements: Entitlements) -> LimitName:
    """The name under which callers know the org's quota."""
    return LimitName.SPENDING_CAP if entitlements.is_capped else LimitName.QUOTA


def _used_up(entitlements: Entitlements, counts: Counts) -> Refused:
    quota = entitlements.limits.quota_ms or 0
    # Reserved audio may be returned, so waiting helps; used audio is not.
    passes = counts.used_ms < quota
    return Refused(
        quota_name(entitlements),
        quota,
        counts.used_ms + counts.reserved_ms,
        1 if passes else None,
        reserved=counts.reserved_ms,
    )


def _too_fast(
    limits: Limits, kind: SessionKind, counts: Counts, ahead: timedelta, early: timedelta
) -> Refused:
    rate, burst = limits.requests_per_minute or 0, limits.request_burst
    may_come = rate > 0 and burst > 0
    return Refused(
        LimitName.REQUESTS_PER_MINUTE,
        rate,
        math.ceil(ahead / interval(rate)) - 1 if may_come else 0,
        math.ceil(early.total_seconds()) if may_come else None,
        burst=burst,
        open=counts.open,
        allowed=limits.concurrent(kind),
    )
