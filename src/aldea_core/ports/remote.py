"""Requests to hosts that clients name: fetching audio, delivering callbacks and webhooks."""

from abc import abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeAlias

import attrs

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


Tried: TypeAlias = Callable[[int, bool], Awaitable[None]]


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
    async def deliver(
        self, callback: Callback, body: bytes, lease: Lease, tried: Tried | None = None
    ) -> None:
        """
        Args:
            lease: The lease of the session that produced *body*. The receiver gets the key's id;
                the log of a failed delivery names session and org.
            tried: Called after each attempt, with their number and whether it was taken.
        """
        ...


@attrs.frozen
class Post:
    """A webhook to be sent."""

    url: str = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)
    headers: Mapping[str, str] = attrs.field(repr=False)


@attrs.frozen
class PostOutcome:
    """
    What became of a `Post`.

    Attributes:
        answered: The HTTP status; None if there was no answer.
        problem: Why the receiver has not accepted it; empty if it has. Without the URL.
        response: The beginning of the answer's body.
    """

    answered: int | None
    problem: str
    took_ms: int
    response: str = ""


class WebhookSender(Protocol):
    """
    Sends webhooks, each once.

    - Restricts addresses as `RemoteAudio` does, and to https unless the deployment allows others.
    - Follows no redirect, reads a bounded part of each answer, and waits a bounded time for it.
    """

    @abstractmethod
    async def check(self, url: str) -> None:
        """
        Raises:
            BadRequest: The URL is not allowed.
        """
        ...

    @abstractmethod
    async def send(self, posts: Sequence[Post]) -> Sequence[PostOutcome]:
        """Sends all *posts* at the same time; the outcomes are in their order."""
        ...
