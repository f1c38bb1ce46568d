"""Sending webhooks to the endpoints of orgs."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Protocol

import attrs


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

    - Restricts addresses as `RemoteAudio` does (`remote_audio`), and to https unless the deployment allows others.
    - Follows no redirect, reads a bounded part of each answer, and waits a bounded time for it.
    """

    @abstractmethod
    async def check(self, url: str) -> None:
        """
        Raises:
            BadRequest: The URL is not allowed.
        """

    @abstractmethod
    async def send(self, posts: Sequence[Post]) -> Sequence[PostOutcome]:
        """Sends all *posts* at the same time; the outcomes are in their order."""
