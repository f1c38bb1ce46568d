"""Requests to hosts that clients name: fetching audio and delivering callbacks."""

from abc import abstractmethod
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from aldea_core.domain.billing.usage import Lease
from aldea_core.domain.transcripts.options import Callback


class RemoteAudio(Protocol):
    """
    Fetches the audio at a URL.

    - Connects only to public addresses (no SSRF), also after DNS resolution and redirects, unless
      the deployment allows others.
    """

    @abstractmethod
    def open(self, url: str) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """
        Raises:
            BadRequest: The URL is not allowed.
            RemoteContentError: The audio cannot be fetched.
        """
        ...


class Callbacks(Protocol):
    """
    Delivers responses to a callback URL.

    - Retries with exponential backoff until the receiver accepts or the tries run out. *deliver*
      returns when the delivery has started, not when it is done.
    - Restricts addresses as `RemoteAudio` does.
    """

    @abstractmethod
    async def check(self, callback: Callback) -> None:
        """
        Raises:
            BadRequest: The URL is not allowed.
        """
        ...

    @abstractmethod
    async def deliver(self, callback: Callback, body: bytes, lease: Lease) -> None:
        """
        Args:
            lease: The lease of the session that produced *body*. The receiver gets the key's id;
                the log of a failed delivery names session and org.
        """
        ...
