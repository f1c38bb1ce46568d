"""The idempotency store: saved responses, replayed when a client repeats a request."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

import attrs


@attrs.frozen
class Kept:
    """
    The request was answered before.

    Attributes:
        request: The digest of that request.
        answer: The saved response.
    """

    request: str
    answer: bytes = attrs.field(repr=False)


@attrs.frozen
class Busy:
    """Another caller holds the claim; *request* is the digest of its request."""

    request: str


@attrs.frozen
class Claimed:
    """The caller holds the claim and must pass *claim* to `keep` or `release`."""

    claim: str


class IdempotencyStore(Protocol):
    """
    Saves responses by idempotency key, for a while.

    - Of two concurrent claims of the same name, one succeeds.
    - A claim that was neither kept nor released may be taken over once it is *stale*.
    """

    @abstractmethod
    async def claim(
        self, name: str, request: str, claim: str, *, at: datetime, stale: datetime
    ) -> Claimed | Busy | Kept:
        """
        Args:
            name: The idempotency key.
            request: A digest of the request.
            claim: A unique id for this claim.
            stale: Claims made before this time may be taken over.
        """

    @abstractmethod
    async def keep(self, name: str, claim: str, answer: bytes) -> bool:
        """Saves the response; False if another caller took the claim over."""

    @abstractmethod
    async def release(self, name: str, claim: str) -> None:
        """Gives the claim up without a response, so that the next caller may claim."""

    @abstractmethod
    async def forget(self, *, before: datetime) -> None:
        """Deletes entries that were claimed before that time."""
