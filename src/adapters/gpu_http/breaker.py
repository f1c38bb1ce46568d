"""
A circuit breaker: an engine that fails is left alone for a while, then tried with one request.

CLOSED lets everything through. A failure opens it for a pause that doubles each time, up to a
bound. After the pause it is HALF_OPEN: the first request is the probe, and its outcome decides.
A probe without an outcome, since it was cancelled or its own caller failed, leaves it OPEN for the
next one.
"""

import enum

import attrs


class CircuitState(enum.Enum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half open"


FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0


@attrs.define
class Breaker:
    """Times are seconds of one monotonic clock."""

    state: CircuitState = CircuitState.CLOSED
    pause: float = FIRST_PAUSE_SECONDS
    open_until: float = 0.0

    def allows(self, at: float) -> bool:
        """
        Whether a request may be made. If it is the probe, no other may until one of `succeeded`,
        `failed` and `undecided` is called.
        """
        match self.state:
            case CircuitState.CLOSED:
                return True
            case CircuitState.HALF_OPEN:
                return False
            case CircuitState.OPEN:
                if at < self.open_until:
                    return False
                self.state = CircuitState.HALF_OPEN
                return True

    def succeeded(self) -> None:
        self.state = CircuitState.CLOSED
        self.pause = FIRST_PAUSE_SECONDS

    def failed(self, at: float) -> None:
        """Opens it; failures that come while it is open change nothing."""
        if self.state is CircuitState.OPEN and at < self.open_until:
            return
        if self.state is CircuitState.HALF_OPEN:
            self.pause = min(self.pause * 2, LONGEST_PAUSE_SECONDS)
        self.state = CircuitState.OPEN
        self.open_until = at + self.pause

    def undecided(self) -> None:
        """A request ended without telling anything about the engine: the next may be the probe."""
        if self.state is CircuitState.HALF_OPEN:
            self.state = CircuitState.OPEN
