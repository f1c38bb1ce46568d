"""Client's end of a relayed stream: audio frames pass to the engine unchanged, others are parsed."""

import asyncio
import math

from collections.abc import Callable
from typing import cast, final

from typing_extensions import override

from aldea_core.domain.live.endings import Ending
from aldea_core.domain.live.sessions import LiveSession
from aldea_core.domain.transcripts.options import LiveOptions
from aldea_core.ports.clock import Clock
from aldea_core.ports.engines import FrameConnection
from aldea_core.protocol import websocket
from aldea_core.protocol.websocket import WHOLE_BINARY, Frame, Opcode
from aldea_core.protocol.websocket_scan import whole_audio
from entrypoints.ws_proxy import control_frames
from entrypoints.ws_proxy.client_commands import carry_out
from entrypoints.ws_proxy.closing_handshake import ClosingHandshake
from entrypoints.ws_proxy.flow_control import FlowControl
from entrypoints.ws_proxy.intake import SMALL_FRAME, Intake, joined
from entrypoints.ws_proxy.pongs import Pongs


# A global costs a sixth of an enumeration's member, and each frame that is parsed needs them.
_TEXT, _BINARY = int(Opcode.TEXT), int(Opcode.BINARY)
_CLOSE, _PING = int(Opcode.CLOSE), int(Opcode.PING)
_CLOSE_SECONDS = 5.0
# Bytes of audio passed on between two counts: about a second.
_UNCOUNTED = 32_768
_FEW = 4
# Bytes of head and mask of a frame of 126 to 65,535 bytes (RFC 6455, 5.2). The first four bytes
# hold its opcode and length; in smaller frames they hold part of the mask.
_HEAD_BYTES = 8
_TWO_BYTE_LENGTH = 0x80 | 126  # the second byte of such a frame


@final
class ClientEnd(asyncio.Protocol):
    """
    Attributes:
        connection: To the engine in use.
        options: As last configured.
        session: The stream's.
        flow_control: Pauses reading from the client.
        behind_since: When the client's write buffer filled up; None while the client reads.
        counted: Called when audio was counted, with the bytes that may be passed on before the next time.

    Args:
        end: Called with why the stream must end.
    """

    __slots__ = (
        "_clock",
        "_closing",
        "_end",
        "_fresh",
        "_intake",
        "_is_raw",
        "_pass_on",
        "_pongs",
        "_text_so_far",
        "_transport",
        "_until_count",
        "_usual_head",
        "_usual_length",
        "behind_since",
        "connection",
        "counted",
        "flow_control",
        "options",
        "session",
    )

    def __init__(
        self,
        *,
        session: LiveSession,
        options: LiveOptions,
        connection: FrameConnection,
        clock: Clock,
        largest: int,
        end: Callable[[Ending], None],
    ) -> None:
        self.connection = connection
        self.options = options
        self.behind_since: float | None = None
        self.counted: Callable[[int], None] = control_frames.noop
        self.session = session
        self._clock = clock
        self._end = end
        self._transport: asyncio.Transport
        raw = options.raw
        self._is_raw = raw is not None
        lead = session.bounds.lead * (raw.bytes_per_second if raw else math.inf)
        self.flow_control = FlowControl(session, clock, lead=lead)
        said = joined(self._said) if options.is_packets else self._said
        self._intake = Intake(largest, session.bounds, clock, self.flow_control, said, end)
        self._text_so_far: list[bytes] = []
        self._pongs = Pongs()
        self._closing = ClosingHandshake()
        # Head and length of the last audio frame. A frame like it is passed on unparsed.
        self._usual_head = b""
        self._usual_length = 0
        self._fresh: list[bytes] = []
        self._until_count = 0
        self._pass_on = connection.direct

    # Callbacks of the event loop.

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's class is no subclass
        self.flow_control.attach(self._transport)

    @override
    def data_received(self, data: bytes) -> None:
        # Fast path: one audio frame like the last, or a few of them.
        if data[:4] == self._usual_head:
            if len(data) == self._usual_length:
                self._fresh.append(data)
                self._pass_on(data)
                self._until_count = left = self._until_count - 1
                if not left:
                    self._count()
                return
            if self._take_apart(data):
                return
        self._look_at(data)

    def _take_apart(self, data: bytes) -> bool:
        """Passes on *data* if it is a few usual frames and nothing else; returns whether it was."""
        length, head = self._usual_length, self._usual_head
        if len(data) > _FEW * length or len(data) % length:
            return False  # so much at once is counted at once
        usual = [data[:length]]
        for at in range(length, len(data), length):
            frame = data[at : at + length]
            if frame[:4] != head:
                return False
            usual.append(frame)
        self._fresh += usual
        self._pass_on(data)
        if self._until_count > len(usual):
            self._until_count -= len(usual)
        else:
            self._count()
        return True

    def _look_at(self, data: bytes) -> None:
        intake = self._intake
        if self._is_raw and not self._closing.has_begun and intake.is_between_frames:
            size = whole_audio(data)
            if size > 0:
                is_passed = self._audio(data, size, data)
                is_small = intake.is_small_audio(size, len(data))
                first = data[2] << 8 | data[3] if data[1] == _TWO_BYTE_LENGTH else 0
                if is_passed and not is_small and first >= SMALL_FRAME:
                    self._expect(data[:4], first)
                else:
                    self.be_careful()
                return
        self.be_careful()
        intake.feed(data)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._intake.stop()
        self._closing.client_left()
        self._end(Ending.CONNECTION_LOST)

    @override
    def pause_writing(self) -> None:
        self.behind_since = self._clock.monotonic()
        self.connection.hold(held=True)

    @override
    def resume_writing(self) -> None:
        self.behind_since = None
        self.connection.hold(held=False)
        self._pongs.client_reads(self._transport)
        self.flow_control.let_go("unread")

    # Audio.

    def _audio(self, kept: bytes, size: int, connection: bytes) -> bool:
        """Counts audio and passes it on; returns False if no engine is open to take it."""
        session = self.session
        if session.first_word.audio_began is None:
            session.first_word.audio_began = self._clock.monotonic()
        passed = session.audio(kept, size)
        if passed:
            self._pass_on(connection)
        elif session.room <= 0:
            self.flow_control.hold("recovering")
        self.flow_control.keep_pace()
        self.counted(0)
        return passed

    def _expect(self, head: bytes, audio_bytes: int) -> None:
        """Enables the fast path for frames with this *head*."""
        self._usual_head, self._usual_length = head, audio_bytes + _HEAD_BYTES
        self._fresh = self.session.fresh(self._usual_length, audio_bytes)
        self._count_later()

    def _count(self) -> None:
        self.session.count()
        self.flow_control.keep_pace()
        self._count_later()

    def _count_later(self) -> None:
        self._until_count = _UNCOUNTED // self._usual_length or 1
        self.counted((self._until_count - 1) * self._usual_length)

    def be_careful(self) -> None:
        """Disables the fast path until the next audio frame has been parsed."""
        self._usual_head = b""

    def attach(self, connection: FrameConnection) -> None:
        """Audio goes to *connection* from now on."""
        self.connection = connection
        self._pass_on = connection.direct

    # Frames from the client.

    def _said(self, frame: Frame) -> None:
        opcode = frame.opcode
        if opcode == _CLOSE:
            websocket.close_code(frame.payload)
            self._intake.stop()
            self._closing.client_left()
            self._end(Ending.CLIENT_LEFT)
        elif self._closing.has_begun:
            pass  # after a close frame nothing is sent (RFC 6455, 5.5.1)
        elif opcode == _BINARY:
            self._binary(frame)
        elif opcode == _TEXT:
            self._text(frame)
        elif opcode == _PING:
            is_behind = self.behind_since is not None
            self._pongs.answer(frame.payload, self._transport, is_behind=is_behind)

    def _binary(self, frame: Frame) -> None:
        payload = frame.payload
        if payload:
            # A fragment, or audio in a container: sent as a frame of its own.
            connection = websocket.encoded(Opcode.BINARY, payload, masked=True)
            self._audio(connection if self._is_raw else payload, len(payload), connection)
        elif frame.raw[0] == WHOLE_BINARY:
            self.close_stream()  # an empty message, not the empty last fragment of one

    def _text(self, frame: Frame) -> None:
        self._text_so_far.append(frame.payload)
        if not frame.is_last:
            return
        payload, self._text_so_far = b"".join(self._text_so_far), []
        carry_out(payload, self)

    def reply(self, text: str) -> None:
        """Sends *text*. If the client is behind, pauses reading, so that replies do not pile up."""
        self.say(text)
        if self.behind_since is not None:
            self.flow_control.hold("unread")

    def finalize(self) -> None:
        """Pauses reading, and asks the engine for a final result of the audio so far."""
        self.be_careful()
        self.flow_control.hold("ending")
        if self.session.finalize():
            self.connection.write(control_frames.finalize_frame(None))

    def close_stream(self) -> None:
        if self.session.close_stream(self._clock.monotonic()):
            self.connection.write(control_frames.CLOSE_STREAM_FRAME)

    # Messages to the client.

    @property
    def direct(self) -> Callable[[bytes], None]:
        """The transport's own `write`, for callers that know that the connection is open."""
        return self._transport.write

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    def say(self, text: str) -> None:
        self.write(websocket.encoded(Opcode.TEXT, text.encode(errors="replace"), masked=False))

    async def close(self, ending: Ending) -> None:
        """Sends the close frame, and waits for the client's."""
        self._end = control_frames.noop
        self._closing.has_begun = True
        try:
            if not self._transport.is_closing():
                self.flow_control.let_go_of_all()
                self._intake.expect_close()
                await self._closing.run(
                    self._transport, control_frames.CLOSE_FRAMES[ending], _CLOSE_SECONDS
                )
        finally:
            self._intake.stop()
