"""
Rate limit of attempts: a burst at once, then one per interval (a token bucket).

A refused attempt costs nothing, so a client never waits longer than until the next token.
"""

from datetime import datetime, timedelta

import attrs

from aldea_core.domain.access.limits import CLOCKS_DIFFER


@attrs.frozen
class Pace:
    """
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
        if full is None or full - at > self.burst * self.every + CLOCKS_DIFFER:
            full = at  # the first, or the clock was set back since
        return max(full, at) + self.every

    def wait(self, full: datetime, *, at: datetime) -> timedelta:
        """How long an attempt must wait that would move the time of the full bucket to *full*."""
        return max(timedelta(0), full - at - self.burst * self.every)
