"""
Limits of one API key, within the limits of its org, and of one short-lived token.

A session of a limited key is admitted if `limits.decide` admits it for the org and `decide_for_key`
for the key. Both decisions are one: `ports.leases.Leases` counts for both at once.
"""

import math

from collections.abc import Sequence
from datetime import datetime, timedelta

import attrs

from aldea_core.domain.access.limits import Admitted, LimitName, Refused
from aldea_core.domain.access.pace import ahead_of_rate, interval


@attrs.frozen
class KeyLimits:
    """
    What a key may use at most. None is what the org's limits allow; 0 allows nothing.

    Attributes:
        concurrent_sessions: Open sessions of both kinds.
        requests_per_minute: Steady rate of new sessions. As many may begin at once as the org's
            burst allows, but no more than a minute's.
        quota_ms: Milliseconds of audio per calendar month (UTC).
    """

    concurrent_sessions: int | None = None
    requests_per_minute: int | None = None
    quota_ms: int | None = None

    def burst(self, of_org: int) -> int:
        return min(of_org, self.requests_per_minute or 0)


NO_LIMITS = KeyLimits()


@attrs.frozen
class TokenAudio:
    """
    How much audio a token allows, over all sessions that it opens.

    Attributes:
        id: Of the token.
    """

    id: str
    limit_ms: int


@attrs.frozen
class Meter:
    """
    Counts audio besides the org's month, up to a limit.

    Attributes:
        name: Distinguishes the org's meters.
        reason: The limit that refuses when the meter is full.
    """

    name: str
    limit_ms: int
    reason: LimitName


@attrs.frozen
class MeterCount:
    """A meter's milliseconds: used, and those that open sessions may still use."""

    meter: Meter
    used_ms: int = 0
    reserved_ms: int = 0

    @property
    def left_ms(self) -> int:
        return max(0, self.meter.limit_ms - self.used_ms - self.reserved_ms)

    @property
    def refusal(self) -> Refused:
        # Reserved audio may be returned, so waiting helps; used audio is not.
        limit_ms, used_ms = self.meter.limit_ms, self.used_ms
        return Refused(
            self.meter.reason,
            limit_ms,
            used_ms + self.reserved_ms,
            1 if used_ms < limit_ms else None,
            reserved=self.reserved_ms,
        )


@attrs.frozen
class KeyCounts:
    """
    A key's counts at one moment.

    Attributes:
        open: Its open sessions, without expired ones.
        arrival: The theoretical arrival time of its next request (GCRA), None before the first.
        meters: What is counted on the meters of the session.
    """

    open: int = 0
    arrival: datetime | None = None
    meters: Sequence[MeterCount] = ()


@attrs.frozen
class KeyAdmitted:
    """
    The admission by a key's limits.

    Attributes:
        arrival: The theoretical arrival time of its next request; None without a rate.
    """

    admitted: Admitted
    arrival: datetime | None


def decide_for_key(
    limits: KeyLimits,
    admitted: Admitted,
    counts: KeyCounts,
    *,
    burst: int,
    at: datetime,
    wanted_ms: int = 0,
) -> KeyAdmitted | Refused:
    """
    Whether one more session of a key may begin, which its org has *admitted*.

    Args:
        counts: Without that session.
        burst: Requests that the org's limits allow at once.
        wanted_ms: Audio to reserve; less is reserved if less is left.
    """
    for each in counts.meters:
        if not each.left_ms:
            return each.refusal
    most, arrival = limits.concurrent_sessions, None
    if most is not None and counts.open >= most:
        return Refused(LimitName.KEY_SESSIONS, most, counts.open, 1 if most else None)
    rate = limits.requests_per_minute
    if rate is not None:
        at_once = limits.burst(burst)
        ahead, early = ahead_of_rate(counts.arrival, rate, at_once, at)
        if early > timedelta(0) or not at_once:
            return _too_fast(rate, at_once, ahead, early, admitted)
        arrival = at + ahead
    if counts.meters:
        left_ms = min(each.left_ms for each in counts.meters)
        of_org = wanted_ms if admitted.granted_ms is None else admitted.granted_ms
        admitted = attrs.evolve(admitted, granted_ms=min(of_org, left_ms))
    if most is not None and most - counts.open - 1 < admitted.remaining:
        admitted = attrs.evolve(admitted, limit=most, remaining=most - counts.open - 1)
    return KeyAdmitted(admitted, arrival)


def _too_fast(
    rate: int, burst: int, ahead: timedelta, early: timedelta, admitted: Admitted
) -> Refused:
    return Refused(
        LimitName.KEY_REQUESTS_PER_MINUTE,
        rate,
        math.ceil(ahead / interval(rate)) - 1 if burst else 0,
        math.ceil(early.total_seconds()) if burst else None,
        burst=burst,
        open=admitted.limit - admitted.remaining - 1,
        allowed=admitted.limit,
    )
