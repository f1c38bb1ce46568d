"""The two things Aldea does on other people's hosts: fetch audio, and deliver answers."""

from abc import abstractmethod
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from aldea_core.domain.billing.usage import Lease
from aldea_core.domain.transcripts.options import Callback


class RemoteAudio(Protocol):
    """
    Fetches the audio behind a URL.

    - Never from an address that is not public, whatever names or redirects say, unless the
      deployment allows it.
    """

    @abstractmethod
    def open(self, url: str) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """
        Raises:
            BadRequest: Nothing may be fetched from there.
            RemoteContentError: It cannot be fetched.
        """
        ...


class Callbacks(Protocol):
    """
    Delivers answers to the URL a caller named.

    - Tries again, with growing pauses, until it is taken or tries run out; *deliver* returns when
      the delivery is under way, not when it is done.
    - Guards addresses as `RemoteAudio` does.
    """

    @abstractmethod
    async def check(self, callback: Callback) -> None:
        """
        Raises:
            BadRequest: Nothing may be delivered there.
        """
        ...

    @abstractmethod
    async def deliver(self, callback: Callback, body: bytes, lease: Lease) -> None:
        """
        Args:
            lease: Of the session that *body* answers: its key is named to the receiver, the
                session and its org to operators if the delivery fails.
        """
        ...
