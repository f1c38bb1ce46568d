"""Limits how often sign-ins and the like are tried. Limits of sessions are in `leases`."""

from abc import abstractmethod
from datetime import datetime, timedelta
from typing import Protocol

from aldea_core.domain.access.pace import Pace


class AttemptLimiter(Protocol):
    """
    Counts attempts per name, over all processes of a deployment.

    - Concurrent attempts never exceed the pace.
    """

    @abstractmethod
    async def take(self, name: str, pace: Pace, *, at: datetime) -> timedelta:
        """
        Zero if the attempt is allowed, and counts it; else the time until the
        next is allowed.
        """

    @abstractmethod
    async def sweep(self, *, at: datetime) -> None:
        """Deletes names whose attempts no longer count."""

    @abstractmethod
    async def forget(self, name: str) -> None:
        """Resets the count of *name*."""
