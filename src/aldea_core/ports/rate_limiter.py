"""Pacing attempts, so that nobody can try for ever."""

from abc import abstractmethod
from datetime import datetime, timedelta
from typing import Protocol

from aldea_core.domain.access.pace import Pace


class RateLimiter(Protocol):
    """
    Counts attempts by name, each name for itself; all processes of a deployment together.

    - Of attempts at the same time no more are let through than the pace allows.
    """

    @abstractmethod
    async def take(self, name: str, pace: Pace, *, at: datetime) -> timedelta:
        """Zero if the attempt may be made, and is counted; else how long to wait for the next."""
        ...

    @abstractmethod
    async def sweep(self, *, at: datetime) -> None:
        """Clears away names whose attempts do not count any more."""
        ...

    @abstractmethod
    async def forget(self, name: str) -> None:
        """Begins anew."""
        ...
