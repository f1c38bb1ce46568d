"""A live stream on an engine of ours, as bytes."""

import asyncio
import base64
import hashlib
import json
import os
import ssl

from collections.abc import Callable
from typing import cast, final

from typing_extensions import override

from adapters.gpu_http.answers import error_of
from adapters.gpu_http.target import CONNECT_SECONDS, Target
from aldea_core.domain.errors import EngineUnavailable
from aldea_core.domain.listening import LiveRequest
from aldea_core.ports.engines import Wire, WireReceiver
from aldea_core.protocol import parameters


# Says in the handshake's answer that frames may be passed on as they are.
PROTOCOL = "aldea-protocol"
_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
_LARGEST_HEAD = 16_384


class NotOurs(Exception):
    """The engine speaks the public protocol, but is not one of ours."""


@final
class GpuHttpWire(Wire, asyncio.Protocol):
    """
    One connection: first the handshake, then frames.

    Args:
        lost: Told if it is dropped because the engine failed.
        dropped: Told once when it is dropped.
    """

    def __init__(self, lost: Callable[[], None], dropped: Callable[[], None]) -> None:
        self._lost = lost
        self._dropped: Callable[[], None] | None = dropped
        self._transport: asyncio.Transport | None = None
        self._head = bytearray()
        self._answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._early = b""
        self._is_gone = False
        self._is_over = False

    # What the event loop says until somebody is attached, who is told the rest directly.

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by class

    @override
    def data_received(self, data: bytes) -> None:
        if self._answered.done():
            self._early += data
            return
        self._head += data
        end = self._head.find(b"\r\n\r\n")
        if end >= 0:
            self._early = bytes(self._head[end + 4 :])
            self._answered.set_result(bytes(self._head[:end]))
        elif len(self._head) > _LARGEST_HEAD:
            self._answered.set_exception(EngineUnavailable())

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._is_gone = True
        if not self._answered.done():
            self._answered.set_exception(EngineUnavailable())

    # What its user says.

    @override
    def attach(self, receiver: WireReceiver) -> None:
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
        if failed and not self._is_over:
            self._lost()
        self._is_over = True
        dropped, self._dropped = self._dropped, None
        if dropped is not None:
            dropped()
        if self._transport is not None:
            self._transport.abort()

    async def handshake(self, target: Target, request: LiveRequest) -> None:
        """
        Raises:
            NotOurs: Its frames cannot be passed on as they are.
            AldeaError: It said no, or nothing.
        """
        key = base64.b64encode(os.urandom(16))
        self.write(_asking(target, request, key))
        first, _, rest = (await self._answered).partition(b"\r\n")
        headers = _headers(rest)
        status = int(first.split()[1]) if first.startswith(b"HTTP/1.") else 0
        if status != 101:
            said = json.dumps({"err_msg": headers.get("dg-error", "")}).encode()
            raise error_of(status, said) if status >= 400 else EngineUnavailable()
        if headers.get("sec-websocket-accept", "").encode() != accept_of(key):
            raise EngineUnavailable
        if headers.get(PROTOCOL) != "1":
            raise NotOurs


def accept_of(key: bytes) -> bytes:
    """What answers a handshake's key (RFC 6455, 4.2.2)."""
    return base64.b64encode(hashlib.sha1(key + _MAGIC).digest())  # noqa: S324 (the protocol's own)


def _asking(target: Target, request: LiveRequest, key: bytes) -> bytes:
    lines = [
        f"GET {target.path}/v1/listen?{parameters.to_query(request.listening)} HTTP/1.1",
        f"Host: {target.name}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key.decode()}",
        f"dg-request-id: {request.session}",
        *(f"{name}: {value}" for name, value in target.headers.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _headers(lines: bytes) -> dict[str, str]:
    pairs = (line.partition(":") for line in lines.decode("latin-1").split("\r\n"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


_TLS = ssl.create_default_context()


async def open_wire(
    target: Target,
    request: LiveRequest,
    *,
    lost: Callable[[], None],
    dropped: Callable[[], None],
) -> GpuHttpWire:
    """
    Raises:
        NotOurs: The engine is to be spoken to message by message.
        AldeaError: It cannot be reached, or said no.
    """
    loop = asyncio.get_running_loop()
    wire = GpuHttpWire(lost, dropped)
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await loop.create_connection(
                lambda: wire,
                target.base.host or "",
                target.base.port or 0,
                ssl=_TLS if target.base.scheme == "https" else None,
            )
            await wire.handshake(target, request)
    except (OSError, TimeoutError) as error:
        wire.abort()
        raise EngineUnavailable from error
    except BaseException:
        wire.abort()
        raise
    return wire
