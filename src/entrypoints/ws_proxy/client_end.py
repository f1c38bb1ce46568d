"""
The client's end of a relayed stream: its audio goes on to the engine as it came, the rest is
looked into.

Everything happens in callbacks of the event loop.
"""

import asyncio

from collections.abc import Callable
from typing import cast, final

from typing_extensions import override

from aldea_core.domain.endings import Ending
from aldea_core.domain.listening import LiveListening
from aldea_core.domain.sessions import LiveSession
from aldea_core.ports.clock import Clock
from aldea_core.ports.engines import Wire
from aldea_core.protocol import frames, messages
from aldea_core.protocol.closes import CLOSES
from aldea_core.protocol.configure import configured
from aldea_core.protocol.wire import (
    NOT_UTF8,
    PROTOCOL_ERROR,
    TOO_LARGE,
    Frame,
    FrameReader,
    Opcode,
    WireError,
    close_code,
    closing,
    encoded,
    whole_audio,
)


_BROKEN = {
    PROTOCOL_ERROR: Ending.BAD_FRAME,
    NOT_UTF8: Ending.BAD_TEXT,
    TOO_LARGE: Ending.FRAME_TOO_LARGE,
}
_CLOSE_SECONDS = 5.0
_LONGEST_HOLD_SECONDS = 1.0


@final
class ClientEnd(asyncio.Protocol):
    """
    Attributes:
        wire: To the engine that listens now.
        listening: As it was asked for last.
        behind_since: Since when the client has not read what it was sent.

    Args:
        end: Is told why the stream must end.
    """

    def __init__(
        self,
        *,
        session: LiveSession,
        listening: LiveListening,
        wire: Wire,
        clock: Clock,
        largest: int,
        end: Callable[[Ending], None],
    ) -> None:
        self.wire = wire
        self.listening = listening
        self.behind_since: float | None = None
        self._session = session
        self._clock = clock
        self._end = end
        self._transport: asyncio.Transport
        self._reader = FrameReader(masked=True, largest=largest)
        self._is_raw = listening.raw is not None
        # Beyond this it is looked at whether audio comes too fast.
        raw = listening.raw
        self._lead = float("inf") if raw is None else session.bounds.lead * raw.bytes_per_second
        self._sent = 0
        self._text_so_far = b""
        self._holds: set[str] = set()
        self._is_deaf = False
        self._gone = asyncio.Event()

    # What the event loop says.

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by class

    @override
    def data_received(self, data: bytes) -> None:
        if self._is_deaf:
            return  # what comes after nonsense is nonsense
        if self._is_raw and self._reader.is_between_frames:
            size = whole_audio(data)
            if size > 0:
                self._audio(data, size, data)
                return
        self._slowly(data)

    def _slowly(self, data: bytes) -> None:
        try:
            for frame in self._reader.feed(data):
                self._said(frame)
        except WireError as error:
            self._is_deaf = True
            self._end(_BROKEN[error.code])
        except UnicodeDecodeError:
            self._end(Ending.BAD_TEXT)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._gone.set()
        self._end(Ending.CLIENT_LEFT)

    @override
    def pause_writing(self) -> None:
        self.behind_since = self._clock.monotonic()
        self.wire.hold(held=True)

    @override
    def resume_writing(self) -> None:
        self.behind_since = None
        self.wire.hold(held=False)

    # What the client says.

    def _said(self, frame: Frame) -> None:
        match frame.opcode:
            case Opcode.BINARY if frame.payload:
                # In pieces or in a container: it goes on as a frame of its own.
                wire = encoded(Opcode.BINARY, frame.payload, masked=True)
                kept = wire if self._is_raw else frame.payload
                self._audio(kept, len(frame.payload), wire)
            case Opcode.BINARY if frame.is_last:
                self._close_stream()
            case Opcode.TEXT:
                self._text(frame)
            case Opcode.PING:
                self.write(encoded(Opcode.PONG, frame.payload, masked=False))
            case Opcode.CLOSE:
                close_code(frame.payload)
                self._gone.set()
                self._end(Ending.CLIENT_LEFT)
            case _:
                pass

    def _audio(self, kept: bytes, size: int, wire: bytes) -> None:
        session = self._session
        if session.audio(kept, size):
            self.wire.write(wire)
        elif session.kept_bytes > session.bounds.replay_bytes // 2:
            self.hold("recovering")
        self._sent += size
        if self._sent > self._lead and "ahead" not in self._holds:
            self._wait_for_real_time()

    def _text(self, frame: Frame) -> None:
        self._text_so_far += frame.payload
        if not frame.is_last:
            return
        payload, self._text_so_far = self._text_so_far, b""
        match messages.parse(payload.decode()):
            case messages.KeepAlive():
                self._session.keep_alive()
                self.wire.write(encoded(Opcode.TEXT, payload, masked=True))
            case messages.Finalize():
                if self._session.finalize():
                    tell(self.wire, messages.FINALIZE_TEXT)
            case messages.CloseStream():
                self._close_stream()
            case messages.Configure(changes=changes):
                self._session.keep_alive()
                wanted = configured(self.listening, changes)
                if wanted is None:
                    self.say(frames.configure_answer(done=False))
                else:
                    self.listening = wanted
                    self.wire.write(encoded(Opcode.TEXT, payload, masked=True))
            case messages.Malformed(message=wrong):
                self._session.keep_alive()
                self.say(frames.schema_error(wrong))

    def _close_stream(self) -> None:
        if self._session.close_stream(self._clock.monotonic()):
            tell(self.wire, messages.CLOSE_STREAM_TEXT)

    # What it is told.

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    def say(self, text: str) -> None:
        self.write(encoded(Opcode.TEXT, text.encode(), masked=False))

    async def close(self, ending: Ending) -> None:
        """Says why, and waits for the client's own close, so that ours is not lost in a reset."""
        if self._transport.is_closing():
            return
        close = CLOSES[ending]
        self.write(closing(close.code, close.reason))
        self._holds.clear()
        self._transport.resume_reading()
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._gone.wait()
            self._transport.close()
        except TimeoutError:
            self._transport.abort()

    # Holding it back.

    def _wait_for_real_time(self) -> None:
        """Holds the client for as long as its audio is too far ahead."""
        ahead = self._session.ahead(self._clock.monotonic())
        if ahead <= 0 or self._session.ending is not None:
            self.let_go("ahead")
            return
        self.hold("ahead")
        loop = asyncio.get_running_loop()
        loop.call_later(min(ahead, _LONGEST_HOLD_SECONDS), self._wait_for_real_time)

    def hold(self, why: str) -> None:
        if not self._holds and not self._transport.is_closing():
            self._transport.pause_reading()
        self._holds.add(why)

    def let_go(self, why: str) -> None:
        """Goes on reading, if nothing else holds it."""
        if why in self._holds:
            self._holds.discard(why)
            if not self._holds and not self._transport.is_closing():
                self._transport.resume_reading()


def tell(wire: Wire, text: str) -> None:
    """Sends a text message to the engine."""
    wire.write(encoded(Opcode.TEXT, text.encode(), masked=True))
