"""
An engine's end of a relayed stream: interim results are passed to the client unchanged, or with ids
replaced if the engine is foreign; other messages are parsed.
"""

from collections.abc import Callable
from itertools import pairwise

import structlog

from typing_extensions import override

from aldea_core.domain.live.endings import Ending
from aldea_core.domain.transcripts.transcripts import LiveEvent, Model, Result, ResultHead, Summary
from aldea_core.ports.clock import Clock
from aldea_core.ports.engines import FrameConnection, FrameReceiver
from aldea_core.protocol.deepgram import engine_messages, foreign, live_messages
from aldea_core.protocol.deepgram.client_messages import KEEP_ALIVE_TEXT
from aldea_core.protocol.deepgram.engine_messages import INTERIM
from aldea_core.protocol.websocket import Frame, FrameReader, Opcode, WebSocketError, encoded
from aldea_core.protocol.websocket_scan import leading_texts, text_in
from entrypoints.ws_proxy.client_end import ClientEnd
from entrypoints.ws_proxy.control_frames import noop
from entrypoints.ws_proxy.running_stream import RunningStream


log = structlog.get_logger()

_LARGEST = 2**26
_UNDECODABLE = (1008).to_bytes(2)
_GRACEFUL = {code.to_bytes(2) for code in (1000, 1001, 1012, 1013)}  # it goes away, or is full
# Start of the head of a text frame of 126 to 65,535 bytes (RFC 6455, 5.2); all results are that
# long.
_TEXT = b"\x81\x7e"
_PING = encoded(Opcode.PING, b"", masked=True)
_KEEP_ALIVE = encoded(Opcode.TEXT, KEEP_ALIVE_TEXT.encode(), masked=True)
_UNKNOWN = Model("unknown", "0", "unknown", "00000000-0000-0000-0000-000000000000")


class EngineEnd(FrameReceiver):
    """
    Attributes:
        model: The name of the engine's model; empty until it is known.
        spoke: Set when the engine sends anything; the reader of the attribute clears it.

    Args:
        stream: Ended by what the engine says.
        left: Called when the engine is gone, with whether it failed.
    """

    __slots__ = (
        "_client",
        "_clock",
        "_end",
        "_form",
        "_framer",
        "_interim",
        "_is_over",
        "_left",
        "_match",
        "_pass_on",
        "_reader",
        "_say",
        "_session",
        "_text_so_far",
        "_usual",
        "connection",
        "model",
        "spoke",
    )

    def __init__(
        self,
        stream: RunningStream,
        connection: FrameConnection,
        client: ClientEnd,
        clock: Clock,
        left: Callable[["EngineEnd", bool], None],
    ) -> None:
        self.model = ""
        self.spoke = True
        self.connection = connection
        self._client = client
        self._clock = clock
        self._session = stream.session
        self._left = left
        self._end: Callable[[Ending], None] = stream.end
        self._reader = FrameReader(masked=False, largest=_LARGEST)
        self._text_so_far = b""
        lease = stream.lease
        self._framer = live_messages.Framer(lease.session, _UNKNOWN, lease.started, stream.tags)
        self._is_over = False
        self._say: Callable[[bytes], None]  # known once it is attached, as the next
        self._pass_on: Callable[[bytes], None]
        # Whether the next interim result may pass unparsed, and the bytes that mark it as one.
        self._usual = False
        self._interim = INTERIM
        # Pattern of a foreign engine's results and format of ours, known with its model.
        self._match, self._form = foreign.NO_SHAPE

    # Callbacks of the event loop.

    @override
    def data_received(self, data: bytes) -> None:
        self.spoke = True
        # Fast path: one interim result.
        if (
            self._usual
            and data[:2] == _TEXT
            and self._interim in data
            and len(data) == (data[2] << 8 | data[3]) + 4
        ):
            self._pass_on(data)
        else:
            try:
                self._look_at(data)
            except Exception:
                log.exception("engine side failed", request_id=self._framer.session)
                self._leave(failed=True)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._leave(failed=True)

    @override
    def eof_received(self) -> bool:
        return False  # `connection_lost` follows

    @override
    def pause_writing(self) -> None:
        self._client.flow_control.engine_is_behind(self.connection)

    @override
    def resume_writing(self) -> None:
        self.spoke = True  # the engine has read something
        self._client.flow_control.engine_reads()

    # Commands to the engine.

    def attach(self) -> None:
        """Starts receiving from the engine."""
        self._say = self._client.direct
        self._pass_on = self._say if self.connection.is_ours else self._adapt
        self.connection.attach(self)

    def ping(self) -> None:
        self.connection.write(_PING)

    def keep_alive(self) -> None:
        """Sends a KeepAlive: foreign engines end a stream without audio after ten seconds."""
        self.connection.write(_KEEP_ALIVE)

    def drop(self, *, failed: bool = False) -> None:
        """Closes the connection and ignores what still arrives; may be called twice."""
        if not self._is_over:
            self._is_over, self._usual = True, False
            self._left = self._end = self._pass_on = self._say = noop
            self.connection.abort(failed=failed)

    # Messages from the engine.

    def _look_at(self, data: bytes) -> None:
        is_between = self._usual or self._reader.is_between_frames
        edges = leading_texts(data) if is_between else [0]
        whole = edges[-1]
        is_passed = (self._usual or self._may_pass) and self._pass_results(data[:whole], edges)
        if is_passed and self._usual and whole == len(data):
            return
        self._usual = False
        if not is_passed:
            for begins, ends in pairwise(edges):
                text = data[begins:ends]
                self._text(text_in(text), text)
        if whole < len(data) and not self._is_over:
            try:
                for frame in self._reader.feed(data[whole:]):
                    self._frame(frame)
            except WebSocketError:
                self._leave(failed=True)
        self._usual = self._may_pass and self._only_finals_count and self._reader.is_between_frames

    @property
    def _may_pass(self) -> bool:
        """Whether results are passed to the client unparsed: none before the first words."""
        session = self._session
        is_usual = session.first_word.is_sent and not session.has_moved
        return is_usual and not self._is_over and bool(self.model)

    @property
    def _only_finals_count(self) -> bool:
        """Whether the ends of interim results do not matter: raw audio is counted by its bytes."""
        return self._session.raw is not None

    def _pass_results(self, texts: bytes, edges: list[int]) -> bool:
        """
        Passes on *texts*, frames with these *edges*, if all of them are results. Parses only the
        heads that matter.
        """
        count, finals_only = len(edges) - 1, self._usual or self._only_finals_count
        heads: list[ResultHead] = []
        interims = texts.count(self._interim) if finals_only else 0
        if self.connection.is_ours:
            if interims < count:
                heads = engine_messages.heads_in(texts, finals_only=finals_only)
        else:
            results = [text_in(texts[begins:ends]) for begins, ends in pairwise(edges)]
            if interims < count:
                among = [r for r in results if not finals_only or self._interim not in r]
                heads = [head for result in among if (head := foreign.head_in(result))]
            texts = self._adapted(results)
        if not texts or interims + len(heads) != count or (heads and not self._may_send(heads)):
            return False
        self._say(texts)
        for head in heads:
            self._session.note(head, is_forwarded=True)
        if self._session.ending is not None:
            self._end(self._session.ending)
        return True

    def _may_send(self, heads: list[ResultHead]) -> bool:
        """Whether results with these *heads* may be sent now."""
        return True

    def _adapted(self, results: list[bytes]) -> bytes:
        """A foreign engine's *results*, as frames of ours; empty if one has another shape."""
        frames = []
        for result in results:
            match = self._match(result, 0)
            if match is None:
                return b""
            frames.append(encoded(Opcode.TEXT, self._form % match.groups(), masked=False))
        return b"".join(frames)

    def _adapt(self, result: bytes) -> None:
        """Passes on a frame of 126 to 65,535 bytes that is a foreign engine's interim result."""
        try:
            text = self._form % self._match(result, 4).groups()  # type: ignore[union-attr]
            self._say(b"\x81\x7e%b%b" % (len(text).to_bytes(2), text))
        except (AttributeError, OverflowError):  # another shape, or now too long
            self._text(result[4:], result)

    def _frame(self, frame: Frame) -> None:
        match frame.opcode:
            case Opcode.TEXT:
                self._text_so_far += frame.payload
                if frame.is_last:
                    text, self._text_so_far = self._text_so_far, b""
                    whole = text is frame.payload
                    self._text(
                        text,
                        frame.raw if whole else encoded(Opcode.TEXT, text, masked=False),
                    )
            case Opcode.PING:
                self.connection.write(encoded(Opcode.PONG, frame.payload, masked=True))
            case Opcode.CLOSE if frame.payload[:2] == _UNDECODABLE:
                self._end(Ending.UNDECODABLE)
            case Opcode.CLOSE:
                self._leave(failed=frame.payload[:2] not in _GRACEFUL)
            case _:
                pass

    def _text(self, payload: bytes, connection: bytes) -> None:
        if self._is_over:
            return
        session = self._session
        try:
            text = payload.decode()
            event = engine_messages.parse(text)
            if not self.model:
                self._learn_model(event, text)
        except ValueError as error:
            log.warning("engine says nonsense", error=str(error)[:200])
            self._leave(failed=True)
            return
        # Messages of unknown types are dropped: the gateway itself answers Configure and malformed
        # messages.
        outgoing = None if event is None else self._outgoing(event)
        if outgoing is not None:
            if not session.first_word.is_sent:
                session.first_word.sent(outgoing, self._clock.monotonic())
            if outgoing is event and self.connection.is_ours:
                self._client.write(connection)
            else:
                self._client.say(self._framer.frame(outgoing))
        if session.ending is not None:
            self._end(session.ending)

    def _outgoing(self, event: LiveEvent) -> LiveEvent | None:
        return self._session.engine_event(event)

    def _learn_model(self, event: LiveEvent | None, text: str) -> None:
        match event:
            case Result():
                model = engine_messages.model_in(text) or _UNKNOWN
            case Summary(model=model):
                pass
            case _:
                return
        self.model = model.name
        known = self._framer
        # Written out: `attrs.evolve` takes four times as long.
        self._framer = live_messages.Framer(known.session, model, known.started, known.tags)
        if not self.connection.is_ours:
            self._match, self._form = foreign.shape_of(text.encode(), self._framer.quoted_id)
            self._interim = engine_messages.SPACED_INTERIM if '"is_final": ' in text else INTERIM

    def _leave(self, *, failed: bool) -> None:
        if not self._is_over:
            self._left(self, failed)
