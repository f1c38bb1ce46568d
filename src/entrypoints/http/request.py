"""
A request and its answer as a gateway's handlers see them, from the fast path (`connection`) or from
the HTTP library (`handlers`).
"""

import asyncio
import json

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any, Protocol, Self, TypeAlias, final

import attrs

from aldea_core.domain.ids import SessionId


SERVER = "aldea"
REQUEST_ID = "dg-request-id"

Pairs: TypeAlias = tuple[tuple[str, str], ...]


class Body(Protocol):
    """A request's body."""

    @property
    def size(self) -> int | None:
        """Bytes, from `Content-Length`; None without one."""

    @property
    def whole(self) -> bytes | None:
        """The whole body, if it has arrived already."""

    def chunks(self) -> AsyncIterator[bytes]:
        """
        The body as it arrives. To be read once.

        Raises:
            UploadInterrupted: The connection ended before the body did.
        """


@final
@attrs.define(eq=False)
class Request:
    """
    A request whose head has arrived.

    Attributes:
        session: The id of this request, and of the session it opens.
        query: Names and values in their order, decoded.
        headers: By lower-case names.
        transport: The client's connection; None once it is lost.
    """

    session: SessionId
    query: Pairs
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: Body = attrs.field(repr=False)
    transport: asyncio.Transport | None = attrs.field(repr=False)

    @property
    def is_client_gone(self) -> bool:
        """Whether the client has disconnected, so that no answer can reach it."""
        return self.transport is None or self.transport.is_closing()


@final
@attrs.define(eq=False)  # not frozen: one is made for each request
class Answer:
    """A complete response. The sender adds the request's id."""

    status: int
    body: bytes = attrs.field(default=b"", repr=False)
    headers: Mapping[str, str] = attrs.field(factory=dict)
    content_type: str = "application/json"

    @classmethod
    def of_json(cls, document: Mapping[str, Any]) -> Self:
        return cls(200, json.dumps(document).encode())

    def encoded(self, session: SessionId, date: str, *, keeps_alive: bool) -> bytes:
        """Bytes of the response (RFC 9112, 4)."""
        head = (
            f"{_FIRST_LINES[self.status]}"
            f"Content-Type: {self.content_type}\r\n"
            f"Content-Length: {len(self.body)}\r\n"
            f"{REQUEST_ID}: {session}\r\n"
            f"Server: {SERVER}\r\n"
            f"Date: {date}\r\n"
        )
        more = lines_of(self.headers)
        end = "\r\n" if keeps_alive else "Connection: close\r\n\r\n"
        return (head + more + end).encode("latin-1") + self.body


def lines_of(headers: Mapping[str, str]) -> str:
    """*headers* as lines of a head."""
    return "\r\n".join([*map(": ".join, headers.items()), ""])


Handler: TypeAlias = Callable[[Request], Awaitable[Answer]]

# Result of a finished WebSocket, for log and metrics; it is not sent.
UPGRADED = Answer(101)

_PHRASES = {status.value: status.phrase for status in HTTPStatus}
# Of every status: an engine's may be one without a name, such as a load balancer's 460.
_FIRST_LINES = {n: f"HTTP/1.1 {n} {_PHRASES.get(n, '')}\r\n" for n in range(100, 600)}
