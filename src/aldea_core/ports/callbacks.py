"""Delivering the responses to files to callback URLs."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias

from aldea_core.domain.live.leases import Lease
from aldea_core.domain.transcripts.options import Callback


Tried: TypeAlias = Callable[[int, bool], Awaitable[None]]


class Callbacks(Protocol):
    """
    Delivers responses to a callback URL.

    - Retries with exponential backoff until the receiver accepts or the tries run out. *deliver*
      returns when the delivery has started, not when it is done.
    - Restricts addresses as `RemoteAudio` does (`remote_audio`).
    """

    @abstractmethod
    async def check(self, callback: Callback) -> None:
        """
        Raises:
            BadRequest: The URL is not allowed.
        """

    @abstractmethod
    async def deliver(
        self, callback: Callback, body: bytes, lease: Lease, tried: Tried | None = None
    ) -> None:
        """
        Args:
            lease: The lease of the session that produced *body*. The receiver gets the key's id;
                the log of a failed delivery names session and org.
            tried: Called after each attempt, with their number and whether it was taken.
        """
