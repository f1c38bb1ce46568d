"""
A client's WebSocket message by message, for streams that are not relayed frame by frame.

It reads what `client_end` reads, for whoever awaits one message after the other.
"""

import asyncio

from collections import deque
from typing import cast, final

from typing_extensions import override

from aldea_core.domain.endings import Ending
from aldea_core.protocol.closes import BROKEN, Close
from aldea_core.protocol.wire import (
    Frame,
    FrameReader,
    Opcode,
    WireError,
    close_code,
    closing,
    encoded,
)
from entrypoints.ws_proxy.told import PING_FRAME


# Bytes of messages that wait to be received; the client is not read from while there are more.
_MOST_WAITING = 2**18


@final
class MessageSocket(asyncio.Protocol):
    """
    Args:
        largest: The largest message a client may send, in bytes.

    Attributes:
        ending: Why there are no more messages; None while there may be.
    """

    def __init__(self, largest: int) -> None:
        self.ending: Ending | None = None
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._reader = FrameReader(masked=True, largest=largest)
        self._parts: list[bytes] = []  # of a message that is not whole
        self._messages: deque[str | bytes] = deque()
        self._waiting = 0  # bytes in them
        self._is_held = False
        self._more: asyncio.Future[None] | None = None
        self._writable: asyncio.Future[None] | None = None
        self._gone = asyncio.Event()

    # What the event loop says.

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by class

    @override
    def data_received(self, data: bytes) -> None:
        if self.ending is not None and self.ending is not Ending.CLIENT_LEFT:
            return  # what comes after nonsense is nonsense
        try:
            for frame in self._reader.feed(data):
                self._said(frame)
        except WireError as error:
            self._end(BROKEN[error.code])
        except UnicodeDecodeError:
            self._end(Ending.BAD_TEXT)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._gone.set()
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

    def _said(self, frame: Frame) -> None:
        match frame.opcode:
            case Opcode.BINARY | Opcode.TEXT:
                self._parts.append(frame.payload)
                if frame.is_last:
                    message, self._parts = b"".join(self._parts), []
                    self._take(message.decode() if frame.opcode == Opcode.TEXT else message)
            case Opcode.PING:
                self._transport.write(encoded(Opcode.PONG, frame.payload, masked=False))
            case Opcode.CLOSE:
                close_code(frame.payload)
                self._gone.set()
                self._end(Ending.CLIENT_LEFT)
            case _:
                pass

    def _take(self, message: str | bytes) -> None:
        self._messages.append(message)
        self._waiting += len(message)
        if self._waiting > _MOST_WAITING and not self._is_held:
            self._is_held = True
            self._transport.pause_reading()
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
        while not self._messages:
            if self.ending is not None:
                return None
            self._more = self._loop.create_future()
            await self._more
        message = self._messages.popleft()
        self._waiting -= len(message)
        if self._is_held and self._waiting <= _MOST_WAITING // 2:
            self._is_held = False
            self._transport.resume_reading()
        return message

    def ping_if_held(self) -> None:
        """While nothing is read: shows that we live, and finds out whether the client does."""
        if self._is_held and not self._transport.is_closing():
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
        """Says why, and waits for the client's own close, so that ours is not lost in a reset."""
        if self._transport.is_closing():
            return
        self._transport.write(closing(close.code, close.reason))
        self._messages.clear()
        self._transport.resume_reading()
        try:
            async with asyncio.timeout(seconds):
                await self._gone.wait()
            self._transport.close()
        except TimeoutError:
            self._transport.abort()
