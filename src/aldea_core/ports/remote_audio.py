"""Fetching audio from hosts that clients name."""

from abc import abstractmethod
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol


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
