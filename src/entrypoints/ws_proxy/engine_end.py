"""
An engine's end of a relayed stream: interim results go on to the client as they came, the rest is
looked into.

There is one for each engine that the stream meets. Everything happens in callbacks of the event
loop.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import final

import structlog

from typing_extensions import override

from aldea_core.domain.endings import Ending
from aldea_core.domain.listening import LiveRequest
from aldea_core.domain.sessions import LiveSession
from aldea_core.domain.transcripts import Result
from aldea_core.domain.usage import Lease
from aldea_core.ports.engines import Wire, WireReceiver
from aldea_core.protocol import frames
from aldea_core.protocol.frames import INTERIM
from aldea_core.protocol.wire import (
    Frame,
    FrameReader,
    Opcode,
    WireError,
    encoded,
    text_in,
    whole_texts,
)
from entrypoints.ws_proxy.client_end import ClientEnd
from entrypoints.ws_proxy.told import nobody


log = structlog.get_logger()

_LARGEST = 2**26
_UNDECODABLE = (1008).to_bytes(2)
# How the head of a text of 126 to 65,535 bytes begins (RFC 6455, 5.2): all results are that long.
_TEXT = b"\x81\x7e"
_PING = encoded(Opcode.PING, b"", masked=True)


@final
class EngineEnd(WireReceiver):
    """
    Attributes:
        model: The name of the model that listens, once it is known.
        spoke: Whether it said anything since that was last asked.

    Args:
        left: Is told that the engine is gone, and whether by its own fault.
        end: Is told why the stream must end.
    """

    __slots__ = (
        "_client",
        "_end",
        "_framer",
        "_is_over",
        "_lease",
        "_left",
        "_reader",
        "_request",
        "_session",
        "_tell",
        "_usual",
        "_wire",
        "model",
        "spoke",
    )

    def __init__(
        self,
        *,
        wire: Wire,
        client: ClientEnd,
        session: LiveSession,
        request: LiveRequest,
        lease: Lease,
        left: Callable[["EngineEnd", bool], None],
        end: Callable[[Ending], None],
    ) -> None:
        self.model = ""
        self.spoke = True
        self._wire = wire
        self._client = client
        self._session = session
        self._request = request
        self._lease = lease
        self._left = left
        self._end = end
        self._reader = FrameReader(masked=False, largest=_LARGEST)
        self._framer: frames.Framer | None = None
        self._is_over = False
        self._tell: Callable[[bytes], None] = client.write
        # Whether the next interim result may just be passed on.
        self._usual = False

    # What the event loop says.

    @override
    def data_received(self, data: bytes) -> None:
        self.spoke = True
        # Nearly always it is one interim result.
        if (
            self._usual
            and data[:2] == _TEXT
            and INTERIM in data
            and len(data) == (data[2] << 8 | data[3]) + 4
        ):
            self._tell(data)
        else:
            self._look_at(data)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._leave(failed=True)

    @override
    def pause_writing(self) -> None:
        self._client.brake.hold("behind")

    @override
    def resume_writing(self) -> None:
        self._client.brake.let_go("behind")

    # What it is told.

    def attach(self) -> None:
        """Listens from now on."""
        self._tell = self._client.direct
        self._wire.attach(self)

    def ping(self) -> None:
        self._wire.write(_PING)

    def drop(self, *, failed: bool = False) -> None:
        """Hears nothing more; may be called twice."""
        if not self._is_over:
            self._is_over, self._usual = True, False
            self._left = self._end = nobody
            self._wire.abort(failed=failed)

    # What the engine says.

    def _look_at(self, data: bytes) -> None:
        edges = whole_texts(data) if self._usual or self._reader.is_between_frames else []
        if edges and (self._usual or self._may_pass) and self._pass_results(data, len(edges) - 1):
            return
        self._usual = False
        if edges:
            for begins, ends in pairwise(edges):
                text = data[begins:ends]
                self._text(text_in(text), text)
        else:
            try:
                for frame in self._reader.feed(data):
                    self._frame(frame)
            except WireError:
                self._leave(failed=True)
        self._usual = (
            self._may_pass and self._session.raw is not None and self._reader.is_between_frames
        )

    @property
    def _may_pass(self) -> bool:
        """Whether results go on to the client as they are."""
        return not self._is_over and not self._session.has_moved and self._framer is not None

    def _pass_results(self, data: bytes, count: int) -> bool:
        """Passes on *data*, if it is *count* results and nothing else, having read their heads."""
        is_raw = self._session.raw is not None
        # Of raw audio nobody asks how far interim results have come: its bytes are counted.
        interims = data.count(INTERIM) if is_raw else 0
        heads = [] if interims == count else frames.heads_in(data, finals_only=is_raw)
        if interims + len(heads) != count:
            return False
        for head in heads:
            self._session.passed(head)
        self._tell(data)
        return True

    def _frame(self, frame: Frame) -> None:
        match frame.opcode:
            case Opcode.TEXT if frame.is_last:
                self._text(frame.payload, frame.wire)
            case Opcode.PING:
                self._wire.write(encoded(Opcode.PONG, frame.payload, masked=True))
            case Opcode.CLOSE if frame.payload[:2] == _UNDECODABLE:
                self._end(Ending.UNDECODABLE)
            case Opcode.CLOSE:
                self._leave(failed=False)
            case _:
                pass

    def _text(self, payload: bytes, wire: bytes) -> None:
        if self._is_over:
            return
        session = self._session
        try:
            text = payload.decode()
            event = frames.parse(text)
            if self._framer is None and isinstance(event, Result):
                self._learn_model(text)
        except ValueError as error:
            log.warning("engine says nonsense", error=str(error)[:200])
            self._leave(failed=True)
            return
        told = None if event is None else session.heard(event)
        if told is event:
            self._client.write(wire)
        elif told is not None and self._framer is not None:
            self._client.say(self._framer.frame(told))
        if session.ending is not None:
            self._end(session.ending)

    def _learn_model(self, text: str) -> None:
        model = frames.model_in(text)
        if model is not None:
            self.model = model.name
            tags = self._request.listening.tags
            self._framer = frames.Framer(self._request.session, model, self._lease.started, tags)

    def _leave(self, *, failed: bool) -> None:
        if not self._is_over:
            self._left(self, failed)
