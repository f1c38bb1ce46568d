"""
A circuit breaker: a failing engine gets no requests for a while, then one as a probe.

CLOSED lets every request through. A failure opens the circuit for a pause, which doubles with each
failed probe up to a limit. After the pause the circuit is HALF_OPEN: the first request is the
probe, and its outcome closes or opens the circuit. A probe without an outcome (it was cancelled, or
its caller failed) leaves the circuit OPEN, and the next request is the probe.
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
    """The breaker of one engine. Times are seconds of a monotonic clock."""

    state: CircuitState = CircuitState.CLOSED
    pause: float = FIRST_PAUSE_SECONDS
    open_until: float = 0.0

    def allows(self, at: float) -> bool:
        """
        Whether a request may be sent. If the request is the probe, all others are refused until
        `succeeded`, `failed` or `undecided` is called.
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
        """Opens the circuit. Failures while it is open change nothing."""
        if self.state is CircuitState.OPEN and at < self.open_until:
            return
        if self.state is CircuitState.HALF_OPEN:
            self.pause = min(self.pause * 2, LONGEST_PAUSE_SECONDS)
        self.state = CircuitState.OPEN
        self.open_until = at + self.pause

    def undecided(self) -> None:
        """
        A request ended without an outcome. If it was the probe, the next
        request is the probe.
        """
        if self.state is CircuitState.HALF_OPEN:
            self.state = CircuitState.OPEN
