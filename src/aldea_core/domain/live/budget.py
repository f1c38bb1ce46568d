"""A token bucket for work that a client may cause."""

from typing import final

import attrs


@final
@attrs.define(eq=False)
class Budget:
    """
    Args:
        per_second: The refill rate.
        burst: What may be spent at once.

    Attributes:
        since: When the budget was first exceeded; None once it has recovered to half of *burst*.
    """

    per_second: float
    burst: float
    since: float | None = None
    _spent: float = 0
    _at: float = 0

    def spend(self, cost: float) -> bool:
        """Returns whether `wait` must be asked: so little was spent that it would be 0 if not."""
        self._spent += cost
        return self._spent * 10 > self.burst

    def wait(self, at: float) -> float:
        """Seconds from *at* until the budget is within its burst again; 0 if it is now."""
        self._spent = max(0.0, self._spent - (at - self._at) * self.per_second)
        self._at = at
        over = self._spent - self.burst
        if over > 0:
            if self.since is None:
                self.since = at
            return over / self.per_second
        if self._spent < self.burst / 2:
            self.since = None
        return 0.0
