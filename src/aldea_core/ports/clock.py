"""What time it is. Handed in, so that tests need not wait."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """
    Tells the time.

    - *now* is aware, in UTC, for whatever is written down.
    - *monotonic* is in seconds, never goes back, and is for measuring how long something took.
    """

    @abstractmethod
    def now(self) -> datetime: ...

    @abstractmethod
    def monotonic(self) -> float: ...
