"""A live stream on an engine that speaks the public protocol, as raw bytes."""

import asyncio
import json
import os
import re

from binascii import b2a_base64
from collections.abc import Awaitable, Callable
from typing import cast, final

from typing_extensions import override

from adapters.gpu_http.deadline import Deadline
from adapters.gpu_http.error_answers import error_of
from adapters.gpu_http.response_head import PROTOCOL, head_of
from adapters.gpu_http.target import CONNECT_SECONDS, Target
from aldea_core.domain.errors import EngineUnavailable
from aldea_core.domain.transcripts.options import LiveRequest
from aldea_core.ports.engines import FrameConnection, FrameReceiver
from aldea_core.protocol.deepgram import engine_query
from aldea_core.protocol.websocket_handshake import accept_of


_LARGEST_HEAD = 16_384
_SWITCHING = b"HTTP/1.1 101"
_PROTOCOL = b"\r\n" + PROTOCOL + b":"
_UPGRADE = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"


_ERROR = re.compile(rb"\r\ndg-error:[ \t]*([^\r\n]*)", re.IGNORECASE)


@final
class GpuHttpConnection(FrameConnection, asyncio.Protocol):
    """
    One connection: first the WebSocket handshake, then frames.

    Args:
        lost: Called when the connection is dropped because the engine failed.
        dropped: Called once when the connection is dropped for any reason.
        asks: Checks the engine's health on another connection.
    """

    is_ours = False  # until the engine has answered

    def __init__(
        self,
        lost: Callable[[], None],
        dropped: Callable[[], None],
        asks: Callable[[], Awaitable[bool]],
    ) -> None:
        self._lost = lost
        self._dropped = dropped
        self._asks = asks
        self._transport: asyncio.Transport | None = None
        self._head = b""
        self._answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._early = b""
        self._is_gone = False
        self._is_over = False

    # Callbacks of the event loop until a receiver is attached. Afterwards the receiver is the
    # protocol.

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's transport is no subclass

    @override
    def data_received(self, data: bytes) -> None:
        if self._answered.done():
            self._early += data
            return
        head, whole, early = (self._head + data).partition(b"\r\n\r\n")
        if whole:
            self._early = early
            self._answered.set_result(head)
        elif len(head) > _LARGEST_HEAD:
            self._answered.set_exception(EngineUnavailable())
        else:
            self._head = head

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._is_gone = True
        if not self._answered.done():
            self._answered.set_exception(EngineUnavailable())

    @override
    def eof_received(self) -> bool:
        return False  # `connection_lost` follows

    # Methods for the user of the connection.

    @override
    async def is_well(self) -> bool:
        return await self._asks()

    @override
    def attach(self, receiver: FrameReceiver) -> None:
        if self._is_gone or self._transport is None:
            receiver.connection_lost(None)
            return
        self._transport.set_protocol(cast("asyncio.Protocol", receiver))
        early, self._early = self._early, b""
        if early:
            receiver.data_received(early)

    @property
    @override
    def direct(self) -> Callable[[bytes], None]:
        return self.write if self._transport is None else self._transport.write

    @override
    def write(self, data: bytes) -> None:
        if not self._is_over and self._transport is not None:
            self._transport.write(data)

    @property
    @override
    def unsent(self) -> int:
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    @override
    def hold(self, *, held: bool) -> None:
        if self._transport is None or self._is_over:
            return
        if held:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    @override
    def abort(self, *, failed: bool = False) -> None:
        if self._is_over:
            return
        self._is_over = True
        if failed:
            self._lost()
        self._dropped()
        if self._transport is not None:
            self._transport.abort()

    async def handshake(self, target: Target, request: LiveRequest, trace: str) -> None:
        """
        Performs the WebSocket handshake (RFC 6455, 4).

        Args:
            trace: A line of the request's head that names the trace; empty for none.

        Raises:
            AldeaError: The engine refused the stream, or the connection ended.
        """
        key = b2a_base64(os.urandom(16), newline=False)
        self.write(
            (
                f"GET {target.path}/v1/listen?{engine_query.to_query(request.options)} HTTP/1.1\r\n"
                f"{target.lines}{_UPGRADE}Sec-WebSocket-Key: {key.decode()}\r\n"
                f"dg-request-id: {request.session}\r\n{trace}\r\n"
            ).encode("latin-1")
        )
        lines = await self._answered
        if lines.startswith(_SWITCHING) and accept_of(key) in lines:
            _, _, rest = lines.lower().partition(_PROTOCOL)
            self.is_ours = rest.partition(b"\r\n")[0].strip() == b"1"
            return
        head = head_of(lines)
        if head is None or head.status < 400:
            raise EngineUnavailable
        raise error_of(head.status, _refusal(lines))


def _refusal(lines: bytes) -> bytes:
    """The reason of a refused handshake, from its `dg-error` header, as a response body."""
    said = _ERROR.search(lines)
    return json.dumps({"err_msg": "" if said is None else said[1].decode("latin-1")}).encode()


async def open_frames(
    target: Target,
    request: LiveRequest,
    *,
    lost: Callable[[], None],
    dropped: Callable[[], None],
    asks: Callable[[], Awaitable[bool]],
    trace: str = "",
) -> GpuHttpConnection:
    """
    Connects to the engine and performs the handshake.

    Args:
        trace: See `GpuHttpConnection.handshake`.

    Raises:
        AldeaError: The engine cannot be reached, or refused the stream.
    """
    connection = GpuHttpConnection(lost, dropped, asks)
    try:
        with Deadline(CONNECT_SECONDS):
            await asyncio.get_running_loop().create_connection(
                lambda: connection, *target.address, ssl=target.tls
            )
            await connection.handshake(target, request, trace)
    except (OSError, TimeoutError) as error:
        connection.abort()
        raise EngineUnavailable from error
    except BaseException:
        connection.abort()
        raise
    return connection
