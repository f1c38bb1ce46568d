"""
A client's WebSocket message by message, for streams that are not relayed frame by frame.

It reads the same frames as `client_end`, for a caller that awaits one message after the other.
"""

import asyncio

from collections import deque
from typing import cast, final

from typing_extensions import override

from aldea_core.domain.live.bounds import Bounds
from aldea_core.domain.live.endings import Ending
from aldea_core.ports.clock import Clock
from aldea_core.protocol.deepgram.close_codes import Close
from aldea_core.protocol.websocket import Frame, Opcode, close_code, closing, encoded
from entrypoints.ws_proxy.closing_handshake import ClosingHandshake
from entrypoints.ws_proxy.control_frames import PING_FRAME
from entrypoints.ws_proxy.flow_control import Holds
from entrypoints.ws_proxy.intake import FRAMES_AT_ONCE, Intake
from entrypoints.ws_proxy.pongs import Pongs


# Bytes of messages that may wait to be received, unless there is room for more. While more wait, the
# client is not read.
_MOST_WAITING = 2**18
_EACH = 64  # overhead of a message, in bytes


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
        self._parts: list[bytes] = []  # fragments of an incomplete message
        self._messages: deque[str | bytes] = deque()
        self._waiting = 0  # bytes in them
        self._most_waiting = _MOST_WAITING
        self._received = 0
        self._closing = ClosingHandshake()
        self._pongs = Pongs()
        self._more: asyncio.Future[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()

    # Callbacks of the event loop.

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's class is no subclass
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
        self._writable.clear()

    @override
    def resume_writing(self) -> None:
        self._writable.set()
        self._pongs.client_reads(self._transport)

    def _said(self, frame: Frame) -> None:
        if self._closing.has_begun and frame.opcode != Opcode.CLOSE:
            return  # after a close frame nothing is sent (RFC 6455, 5.5.1)
        match frame.opcode:
            case Opcode.BINARY | Opcode.TEXT:
                self._parts.append(frame.payload)
                if frame.is_last:
                    message, self._parts = b"".join(self._parts), []
                    self._take(message.decode() if frame.opcode == Opcode.TEXT else message)
            case Opcode.PING:
                is_behind = not self._writable.is_set()
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
        if self._waiting > self._most_waiting:
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

    # Interface for the stream.

    async def receive(self) -> str | bytes | None:
        """The next message; None if there are no more, and `ending` says why."""
        self._received += 1
        if not self._received % FRAMES_AT_ONCE:
            await asyncio.sleep(0)  # other tasks get a turn between messages
        while not self._messages:
            if self.ending is not None:
                return None
            self._more = self._loop.create_future()
            await self._more
        message = self._messages.popleft()
        self._waiting -= len(message) + _EACH
        if self._waiting <= self._most_waiting // 2:
            self._holds.let_go("waiting")
        return message

    def keep_waiting(self, room: int) -> None:
        """Lets up to *room* bytes of messages wait from now on, if that is more than usual."""
        self._most_waiting = most = max(_MOST_WAITING, room)
        if self._waiting > most:
            self._holds.hold("waiting")
        elif self._waiting <= most // 2:
            self._holds.let_go("waiting")

    def ping_if_held(self) -> None:
        """
        Pings a client that is not being read: keeps the connection alive, and detects that it is
        gone.
        """
        if self._holds.is_held and not self._transport.is_closing():
            self._transport.write(PING_FRAME)

    async def send(self, text: str) -> None:
        """
        Sends *text*; waits while the client is behind.

        Raises:
            ConnectionError: The client has left.
        """
        if self._transport.is_closing():
            raise ConnectionResetError
        self._transport.write(encoded(Opcode.TEXT, text.encode(), masked=False))
        await self._writable.wait()

    async def close(self, close: Close, *, seconds: float) -> None:
        """Sends the close frame, and waits for the client's."""
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
