"""
A client's connection to a gateway, and the fast path from it to the handlers.

Nearly every request has an ordinary head. Such a head is read here and given to its handler in one
task, which costs a third of what the HTTP library takes. A request with an unusual head, or for no
handler, is given to the library together with the connection, from the first byte on.
"""

import asyncio

from collections.abc import Callable
from email.utils import formatdate
from functools import lru_cache
from typing import cast, final

import attrs
import structlog

from typing_extensions import override

from aldea_core.domain.ids import SessionId
from aldea_core.ports.clock import Clock
from aldea_core.ports.randomness import Randomness
from entrypoints.http.access_log import AccessLog
from entrypoints.http.bodies import ArrivingBody, WholeBody
from entrypoints.http.connections import Addresses, ConnectionBounds
from entrypoints.http.cors import Cors
from entrypoints.http.refusals import refusal_of
from entrypoints.http.request import REQUEST_ID, Answer, Handler, Request
from entrypoints.http.request_head import RequestHead, pairs_of, usual_head


log = structlog.get_logger()

# Bytes of pipelined requests buffered while one is answered; beyond, reading pauses.
_MOST_EARLY = 2**16
# How long a client that was answered early may go on sending what is discarded (RFC 9112, 9.6).
_LINGER_SECONDS = 5.0


@attrs.define(eq=False)
class FastPath:
    """
    What the connections of one service share.

    Attributes:
        cors: Headers for pages of other origins; None if no origin may call.
        handlers: By method and path.
        forwarded_ids: Whether a request's own id header is trusted: only a gateway's is.
        library: Makes the HTTP library's protocol for a connection.
    """

    randomness: Randomness
    clock: Clock
    access_log: AccessLog
    forwarded_ids: bool
    cors: Cors | None = None
    handlers: dict[tuple[str, str], Handler] = attrs.Factory(dict)
    library: Callable[[], asyncio.Protocol] | None = None
    bounds: ConnectionBounds = attrs.Factory(ConnectionBounds)
    addresses: Addresses | None = None
    connections: set["Connection"] = attrs.field(factory=set, init=False, repr=False)

    def connect(self) -> "Connection":
        return Connection(self)

    def session(self, head: RequestHead) -> SessionId:
        forwarded = head.headers.get(REQUEST_ID) if self.forwarded_ids else None
        return SessionId(forwarded or self.randomness.uuid())

    def close_idle(self) -> None:
        """Closes connections that were idle for too long, or whose head is late."""
        now = self.clock.monotonic()
        for connection in tuple(self.connections):
            connection.close_if_idle(now)

    async def close(self, *, seconds: float) -> None:
        """Waits *seconds* for requests in progress, then closes all connections."""
        tasks = [c.task for c in self.connections if c.task is not None]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        for connection in tuple(self.connections):
            connection.close()


@final
class Connection(asyncio.Protocol):
    """
    One connection, which answers one request at a time.

    Attributes:
        task: Answers the current request; None between requests.
    """

    __slots__ = (
        "_body",
        "_early",
        "_is_behind",
        "_loop",
        "_path",
        "_patience",
        "_since",
        "_transport",
        "task",
    )

    def __init__(self, path: FastPath) -> None:
        self.task: asyncio.Task[None] | None = None
        self._path = path
        # Asked for once: Python 3.11 compares process ids whenever it is, by a system call.
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._since = path.clock.monotonic()
        self._patience = path.bounds.head  # seconds to wait for a request
        self._is_behind = False  # whether the client is slow to read its answers
        self._body: ArrivingBody | None = None
        self._early = b""  # bytes after the current request

    def take_early(self) -> bytes:
        """What the client sent behind the current request, for the protocol that takes over."""
        early, self._early = self._early, b""
        if early:
            self._transport.resume_reading()
        return early

    # Callbacks of the event loop.

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's class is no subclass
        addresses = self._path.addresses
        if addresses is not None and not addresses.let_in(transport):
            self._transport.abort()
            return
        self._path.connections.add(self)

    @override
    def data_received(self, data: bytes) -> None:
        if self.task is None and not self._is_behind:
            self._begin(data)
        elif self._body is not None and self._body.left:
            self._early = self._body.take(data)
        else:
            self._early += data
            if len(self._early) > _MOST_EARLY:
                self._transport.pause_reading()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._path.connections.discard(self)
        if self._body is not None:
            self._body.lose()

    @override
    def pause_writing(self) -> None:
        self._is_behind = True

    @override
    def resume_writing(self) -> None:
        self._is_behind = False
        if self.task is None:
            self._go_on()

    # Requests.

    def _begin(self, data: bytes) -> None:
        head = usual_head(data)
        handler = None if head is None else self._path.handlers.get((head.method, head.path))
        if head is None or handler is None or _is_rare(head):
            self._hand_over(data)
            return
        body = self._body_of(head, data[head.length :])
        request = Request(
            self._path.session(head), pairs_of(head.query), head.headers, body, self._transport
        )
        self.task = self._loop.create_task(self._answer(head, handler, request))

    def _body_of(self, head: RequestHead, data: bytes) -> WholeBody | ArrivingBody:
        size = head.size or 0
        if len(data) >= size:
            self._body, self._early = None, data[size:]
            return WholeBody(head.size, data[:size])
        body = self._body = ArrivingBody(size, self._transport)
        if data:
            body.take(data)
        return body

    def _hand_over(self, data: bytes) -> None:
        assert self._path.library is not None
        library = self._path.library()
        self._path.connections.discard(self)
        self._transport.set_protocol(library)
        library.connection_made(self._transport)
        library.data_received(data)

    async def _answer(self, head: RequestHead, handler: Handler, request: Request) -> None:
        path = self._path
        began = path.clock.monotonic()
        try:
            answer = await handler(request)
        except Exception as error:  # turned into a response
            answer = refusal_of(error, request.session)
            if answer.status == 500:
                log.exception("request failed", request_id=request.session)
        if path.cors is not None:
            answer.headers = {**answer.headers, **path.cors.headers(head.headers.get("origin"))}
        path.access_log.answered(head.method, head.path, answer.status, request.session, began)
        self.task, self._since = None, path.clock.monotonic()
        self._patience = path.bounds.keepalive
        if self._transport.is_closing():
            path.connections.discard(self)  # a protocol that took over got `connection_lost`
        else:
            self._send(answer, request.session, is_upgrade="upgrade" in head.headers)

    def _send(self, answer: Answer, session: SessionId, *, is_upgrade: bool) -> None:
        is_read = self._body is None or not self._body.left
        if is_upgrade and self._early:
            is_read = False  # what follows a refused upgrade may be frames
        date = _date(int(self._path.clock.now().timestamp()))
        self._transport.write(answer.encoded(session, date, keeps_alive=is_read))
        has_body, self._body = self._body is not None, None
        if not is_read:
            self._transport.resume_reading()
            self._linger()
        elif has_body or self._early:
            self._go_on()

    def _go_on(self) -> None:
        """Answers pipelined requests; a client that does not read its answers is not read either."""
        if self._is_behind:
            self._transport.pause_reading()
            return
        self._transport.resume_reading()
        if self._early:
            early, self._early = self._early, b""
            self._begin(early)

    def _linger(self) -> None:
        """Reads and discards for a while: a close with unread bytes resets, which can lose the answer."""
        self._transport.set_protocol(_Discarding())
        self._path.connections.discard(self)
        self._loop.call_later(_LINGER_SECONDS, self._transport.close)

    def close_if_idle(self, now: float) -> None:
        if self.task is None and now - self._since > self._patience:
            self._transport.abort() if self._is_behind else self.close()

    def close(self) -> None:
        self._transport.close()


class _Discarding(asyncio.Protocol):
    """Discards all data."""


def _is_rare(head: RequestHead) -> bool:
    """
    Whether the request is left to the library: an upgrade to other than WebSocket, a GET with a
    body, or a connection to close.
    """
    upgrade = "upgrade" in head.headers
    if head.method == "GET":
        return not upgrade or head.size is not None
    return upgrade or head.headers.get("connection", "keep-alive").lower() != "keep-alive"


@lru_cache(1)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)
