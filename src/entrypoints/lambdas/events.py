"""What events may say, and the context that comes with them."""

import time

from typing import Protocol

import attrs

from aldea_core.domain.errors import AldeaError


class BadEvent(AldeaError):
    """The event makes no sense; the text says what one looks like."""


class Context(Protocol):
    """What we need of the object that AWS hands over beside the event."""

    def get_remaining_time_in_millis(self) -> int: ...


@attrs.frozen
class LocalContext:
    """
    Plays it on this machine.

    Args:
        seconds: How long a run may take.
    """

    seconds: float = 900.0
    _began: float = attrs.field(factory=time.monotonic, init=False)

    def get_remaining_time_in_millis(self) -> int:
        return max(0, round((self._began + self.seconds - time.monotonic()) * 1000))
