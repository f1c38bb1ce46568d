"""
Rates of requests and of attempts: a burst at once, then one per interval.

A refused attempt costs nothing, so a client never waits longer than until the next token.
"""

from datetime import datetime, timedelta
from functools import lru_cache

import attrs


_NO_TIME = timedelta(0)
# Clocks of gateways differ by less. What is counted for a later time says nothing: the clock was set
# back since, and would else refuse everything until that time.
_CLOCKS_DIFFER = timedelta(minutes=1)


@attrs.frozen
class Pace:
    """
    Of attempts: a token bucket.

    Attributes:
        burst: Attempts that may be made at once.
        every: Time in which one token is refilled.
    """

    burst: int
    every: timedelta

    def full_again(self, full: datetime | None, *, at: datetime) -> datetime:
        """
        The time at which the bucket is full again after one more attempt.

        Args:
            full: The time at which it would be full without that attempt; None before the first.
        """
        if full is None or full - at > self.burst * self.every + _CLOCKS_DIFFER:
            full = at  # the first, or the clock was set back since
        return max(full, at) + self.every

    def wait(self, full: datetime, *, at: datetime) -> timedelta:
        """How long an attempt must wait that would move the time of the full bucket to *full*."""
        return max(_NO_TIME, full - at - self.burst * self.every)


@lru_cache(1024)
def interval(requests_per_minute: int | None) -> timedelta:
    """Time between requests at the steady rate; zero if the rate is unlimited or zero."""
    if not requests_per_minute:
        return _NO_TIME
    return timedelta(minutes=1) / requests_per_minute


def ahead_of_rate(
    arrival: datetime | None, requests_per_minute: int, burst: int, at: datetime
) -> tuple[timedelta, timedelta]:
    """
    How far ahead of the steady rate requests are with the next one, and by how much that comes too
    early; zero or less if it may come.

    This is the generic cell rate algorithm (ITU-T I.371): requests are due one interval apart, and
    may come up to a burst's worth of intervals before they are due.

    Args:
        arrival: When the next request is due; None before the first.
    """
    between, tolerance = _terms(requests_per_minute, burst)
    ahead = _NO_TIME if arrival is None or arrival < at else arrival - at
    early = ahead - tolerance
    # Of another time is also what was counted before the limit was lowered.
    if early > _CLOCKS_DIFFER and early > between + _CLOCKS_DIFFER and between and burst:
        return between, -tolerance
    return ahead + between, early


@lru_cache(1024)
def _terms(requests_per_minute: int, burst: int) -> tuple[timedelta, timedelta]:
    """
    Time between requests at the steady rate, and how long before it is due one may come: if none is
    allowed, not even at its time.
    """
    between = interval(requests_per_minute)
    return between, between * (burst - 1) if between else -timedelta.resolution
