"""Counting attempts, so that nobody can try for ever."""

from abc import abstractmethod
from datetime import datetime, timedelta
from typing import Protocol


class Attempts(Protocol):
    """
    Counts attempts by name, each name for itself.

    - A count begins with the first attempt and ends when its time is over.
    """

    @abstractmethod
    async def count(self, name: str, *, within: timedelta, at: datetime) -> tuple[int, datetime]:
        """Counts one more; how many there are now, and when they will be forgotten."""
        ...

    @abstractmethod
    async def sweep(self, *, at: datetime) -> None:
        """Clears away counts whose time is over."""
        ...

    @abstractmethod
    async def forget(self, name: str) -> None:
        """Begins anew."""
        ...
