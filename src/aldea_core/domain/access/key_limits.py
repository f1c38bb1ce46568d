"""
Limits of one API key, within the limits of its org, and of one short-lived token.

A session of a limited key is admitted if `limits.decide` admits it for the org and `decide_for_key`
for the key. Both decisions are one: `ports.leases.Leases` counts for both at once.
"""

import math

from datetime import datetime, timedelta

import attrs

from aldea_core.domain.access.limits import Admitted, LimitName, Refused, interval


@attrs.frozen
class KeyLimits:
    """
    What a key may use at most. None is what the org's limits allow; 0 allows nothing.

    Attributes:
        concurrent_sessions: Open sessions of both kinds.
        requests_per_minute: Steady rate of new sessions. As many may begin at once as the org's
            burst allows, but no more than a minute's.
    """

    concurrent_sessions: int | None = None
    requests_per_minute: int | None = None

    def burst(self, of_org: int) -> int:
        return min(of_org, self.requests_per_minute or 0)


NO_LIMITS = KeyLimits()


@attrs.frozen
class KeyCounts:
    """
    A key's counts at one moment.

    Attributes:
        open: Its open sessions, without expired ones.
        arrival: The theoretical arrival time of its next request (GCRA), None before the first.
    """

    open: int = 0
    arrival: datetime | None = None


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
    limits: KeyLimits, admitted: Admitted, counts: KeyCounts, *, burst: int, at: datetime
) -> KeyAdmitted | Refused:
    """
    Whether one more session of a key may begin, which its org has *admitted*.

    Args:
        counts: Without that session.
        burst: Requests that the org's limits allow at once.
    """
    most, arrival = limits.concurrent_sessions, None
    if most is not None and counts.open >= most:
        return Refused(LimitName.KEY_SESSIONS, most, counts.open, 1 if most else None)
    rate = limits.requests_per_minute
    if rate is not None:
        at_once, between = limits.burst(burst), interval(rate)
        ahead = max(timedelta(0), (counts.arrival or at) - at)
        early = ahead - between * (at_once - 1)
        if early > timedelta(0) or not at_once:
            return _too_fast(rate, at_once, ahead, early, admitted)
        arrival = at + ahead + between
    if most is not None and most - counts.open - 1 < admitted.remaining:
        admitted = attrs.evolve(admitted, limit=most, remaining=most - counts.open - 1)
    return KeyAdmitted(admitted, arrival)


def _too_fast(
    rate: int, burst: int, ahead: timedelta, early: timedelta, admitted: Admitted
) -> Refused:
    return Refused(
        LimitName.KEY_REQUESTS_PER_MINUTE,
        rate,
        math.ceil(ahead / interval(rate)) if burst else 0,
        math.ceil(early.total_seconds()) if burst else None,
        burst=burst,
        open=admitted.limit - admitted.remaining - 1,
        allowed=admitted.limit,
    )
