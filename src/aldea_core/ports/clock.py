"""The clock. Injected, so that tests control time."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """
    Gives the current time.

    - *now* is timezone-aware, in UTC, for times that are stored.
    - *monotonic* is in seconds and never goes back; it measures durations.
    """

    @abstractmethod
    def now(self) -> datetime: ...

    @abstractmethod
    def monotonic(self) -> float: ...
