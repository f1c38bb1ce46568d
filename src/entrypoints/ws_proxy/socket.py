"""
A client's WebSocket message by message, for streams that are not relayed frame by frame.

It reads what `client_end` reads, for whoever awaits one message after the other.
"""

import asyncio

from collections import deque
from typing import cast, final

from typing_extensions import override

from aldea_core.domain.live.bounds import Bounds
from aldea_core.domain.live.endings import Ending
from aldea_core.ports.clock import Clock
from aldea_core.protocol.deepgram.closes import Close
from aldea_core.protocol.websocket import Frame, Opcode, close_code, closing, encoded
from entrypoints.ws_proxy.closing import ClosingHandshake
from entrypoints.ws_proxy.control_frames import PING_FRAME
from entrypoints.ws_proxy.flow_control import Holds
from entrypoints.ws_proxy.intake import FRAMES_AT_ONCE, Intake
from entrypoints.ws_proxy.pongs import Pongs


# Bytes of messages that wait to be received; the client is not read from while there are more.
_MOST_WAITING = 2**18
_EACH = 64  # what a message takes beside its bytes


@final
class MessageSocket(asyncio.Protocol):
    """
    Args:
        largest: The largest message a client may send, in bytes.

    Attributes:
        ending: Why there are no more messages; None while there may be.
    """

    def __init__(self, largest: int, bounds: Bounds, clock: Clock) -> None:
        self.ending: Ending | None = None
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._holds = Holds()
        self._intake = Intake(largest, bounds, clock, self._holds, self._said, self._end)
        self._parts: list[bytes] = []  # of a message that is not whole
        self._messages: deque[str | bytes] = deque()
        self._waiting = 0  # bytes in them
        self._received = 0
        self._closing = ClosingHandshake()
        self._pongs = Pongs()
        self._more: asyncio.Future[None] | None = None
        self._writable: asyncio.Future[None] | None = None

    # What the event loop says.

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by class
        self._holds.attach(self._transport)

    @override
    def data_received(self, data: bytes) -> None:
        self._intake.feed(data)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._intake.stop()
        self._closing.client_left()
        self._end(Ending.CONNECTION_LOST)
        self.resume_writing()

    @override
    def pause_writing(self) -> None:
        self._writable = self._loop.create_future()

    @override
    def resume_writing(self) -> None:
        writable, self._writable = self._writable, None
        if writable is not None and not writable.done():
            writable.set_result(None)
        self._pongs.client_reads(self._transport)

    def _said(self, frame: Frame) -> None:
        if self._closing.has_begun and frame.opcode != Opcode.CLOSE:
            return  # nothing is answered after a close (RFC 6455, 5.5.1)
        match frame.opcode:
            case Opcode.BINARY | Opcode.TEXT:
                self._parts.append(frame.payload)
                if frame.is_last:
                    message, self._parts = b"".join(self._parts), []
                    self._take(message.decode() if frame.opcode == Opcode.TEXT else message)
            case Opcode.PING:
                is_behind = self._writable is not None
                self._pongs.answer(frame.payload, self._transport, is_behind=is_behind)
            case Opcode.CLOSE:
                close_code(frame.payload)
                self._intake.stop()
                self._closing.client_left()
                self._end(Ending.CLIENT_LEFT)
            case _:
                pass

    def _take(self, message: str | bytes) -> None:
        self._messages.append(message)
        self._waiting += len(message) + _EACH
        if self._waiting > _MOST_WAITING:
            self._holds.hold("waiting")
        self._wake()

    def _end(self, ending: Ending) -> None:
        if self.ending is None:
            self.ending = ending
        self._wake()

    def _wake(self) -> None:
        more, self._more = self._more, None
        if more is not None and not more.done():
            more.set_result(None)

    # What its user says.

    async def receive(self) -> str | bytes | None:
        """The next message; None if there are no more, and `ending` says why."""
        self._received += 1
        if not self._received % FRAMES_AT_ONCE:
            await asyncio.sleep(0)  # others have a turn, however much waits here
        while not self._messages:
            if self.ending is not None:
                return None
            self._more = self._loop.create_future()
            await self._more
        message = self._messages.popleft()
        self._waiting -= len(message) + _EACH
        if self._waiting <= _MOST_WAITING // 2:
            self._holds.let_go("waiting")
        return message

    def ping_if_held(self) -> None:
        """While nothing is read: shows that we live, and finds out whether the client does."""
        if self._holds.is_held and not self._transport.is_closing():
            self._transport.write(PING_FRAME)

    async def send(self, text: str) -> None:
        """
        Waits while the client is behind.

        Raises:
            ConnectionError: It has left.
        """
        if self._transport.is_closing():
            raise ConnectionResetError
        self._transport.write(encoded(Opcode.TEXT, text.encode(), masked=False))
        if self._writable is not None:
            await self._writable

    async def close(self, close: Close, *, seconds: float) -> None:
        """Says why, and waits for the client's own close."""
        self._closing.has_begun = True
        try:
            if not self._transport.is_closing():
                self._messages.clear()
                self._holds.let_go_of_all()
                self._intake.expect_close()
                frame = closing(close.code, close.reason)
                await self._closing.run(self._transport, frame, seconds)
        finally:
            self._intake.stop()
