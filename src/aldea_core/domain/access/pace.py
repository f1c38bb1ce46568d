"""
How fast something may be tried: some times at once, then once in a while (a token bucket).

Whoever is too fast waits for the next turn and is never shut out for longer than that.
"""

from datetime import datetime, timedelta

import attrs


@attrs.frozen
class Pace:
    """
    Attributes:
        burst: How many attempts there may be at once.
        every: How long it takes until there may be one more.
    """

    burst: int
    every: timedelta

    def full_again(self, full: datetime | None, *, at: datetime) -> datetime:
        """
        When the bucket is full again after one more attempt. Refused attempts take nothing.

        Args:
            full: When it would be full without that attempt; None if nothing was tried yet.
        """
        return max(full or at, at) + self.every

    def wait(self, full: datetime, *, at: datetime) -> timedelta:
        """How long an attempt has to wait that would put off the bucket's being full to *full*."""
        return max(timedelta(0), full - at - self.burst * self.every)
