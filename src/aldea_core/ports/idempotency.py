"""Answers that were given, for whoever asks the same again because they did not hear."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

import attrs


@attrs.frozen
class Kept:
    """It was answered with *answer*; *request* says to what."""

    request: str
    answer: bytes = attrs.field(repr=False)


@attrs.frozen
class Busy:
    """Somebody else is at it."""

    request: str


@attrs.frozen
class Claimed:
    """It is yours to answer; *claim* says so when you do."""

    claim: str


class IdempotencyStore(Protocol):
    """
    Remembers what was answered to a named request, for a while.

    - Of two that claim the same name at once, one gets it.
    - A claim that was neither kept nor released goes to the next one once it is *stale*.
    """

    @abstractmethod
    async def claim(
        self, name: str, request: str, claim: str, *, at: datetime, stale: datetime
    ) -> Claimed | Busy | Kept:
        """
        Args:
            request: A digest of what was asked.
            claim: What nobody else calls their claim.
            stale: Claims made before that time are nobody's any more.
        """
        ...

    @abstractmethod
    async def keep(self, name: str, claim: str, answer: bytes) -> bool:
        """False if the claim went to somebody else."""
        ...

    @abstractmethod
    async def release(self, name: str, claim: str) -> None:
        """Nothing was answered: the next one may try."""
        ...

    @abstractmethod
    async def forget(self, *, before: datetime) -> None:
        """Forgets what was claimed before that time."""
        ...
