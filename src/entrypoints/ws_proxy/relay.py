"""
One live stream between a client and an engine of ours, frame by frame: bytes go on as they came.

It does what `stream.Stream` does, for the same `LiveSession`, without taking audio and interim
results apart. There is no task per stream but the one that waits for its end.
"""

import asyncio

from typing import final

import attrs
import structlog

from typing_extensions import override

from aldea_core.domain.endings import Ending
from aldea_core.domain.errors import EngineRefused, EngineUnavailable
from aldea_core.domain.listening import LiveRequest
from aldea_core.domain.sessions import FINALIZE, LiveSession, Replay
from aldea_core.domain.usage import Lease
from aldea_core.ports.clock import Clock
from aldea_core.ports.engines import Wire, WireEngine, WireReceiver
from aldea_core.protocol import frames, messages
from aldea_core.protocol.wire import Frame, FrameReader, Opcode, WireError, encoded, whole_text
from entrypoints.ws_proxy.client_end import ClientEnd, tell


log = structlog.get_logger()

_UNDECODABLE = (1008).to_bytes(2)
_PING_AFTER_SECONDS = 1.0
_LOST_AFTER_SECONDS = 2.5
_RETRY_SECONDS = 0.25
_LARGEST_FROM_ENGINE = 2**26
_RESULTS, _INTERIM = b'{"type":"Results"', b'"is_final":false'
_UNKNOWN_MODEL = "unknown"
_PING = encoded(Opcode.PING, b"", masked=True)


@final
class Relay(WireReceiver):
    """A live stream whose engine is already open. `run` returns when it has ended."""

    def __init__(
        self,
        *,
        session: LiveSession,
        request: LiveRequest,
        lease: Lease,
        engine: WireEngine,
        wire: Wire,
        clock: Clock,
        largest: int,
    ) -> None:
        self.lease = lease
        self.session = session
        self.model = _UNKNOWN_MODEL
        self._request = request
        self._engine = engine
        self._wire = wire
        self._clock = clock
        self.client = ClientEnd(
            session=session,
            listening=request.listening,
            wire=wire,
            clock=clock,
            largest=largest,
            end=self.end,
        )
        self._is_raw = request.listening.raw is not None
        self._reader = FrameReader(masked=False, largest=_LARGEST_FROM_ENGINE)
        self._framer: frames.Framer | None = None
        self._over = asyncio.Event()
        self._spoke = True
        self._spoke_at = 0.0
        self._recovering: asyncio.Task[None] | None = None

    # For whoever runs it.

    @property
    def audio_ms(self) -> int:
        return self.session.audio_ms

    def tick(self, at: float) -> None:
        since = self.client.behind_since
        if since is not None and at - since > self.session.bounds.unread:
            self.end(Ending.SLOW_READER)
        elif (ending := self.session.tick(at)) is not None:
            self.end(ending)
        elif self._spoke:
            self._spoke, self._spoke_at = False, at
        elif self._recovering is None and since is None:
            quiet = at - self._spoke_at
            if quiet > _LOST_AFTER_SECONDS:
                self.engine_left()
            elif quiet > _PING_AFTER_SECONDS:
                self._wire.write(_PING)

    def end(self, ending: Ending) -> None:
        self.session.end(ending)
        self._over.set()

    async def run(self) -> None:
        """Relays until the end: `session.ending` says which. The client is told why."""
        self._spoke_at = self._clock.monotonic()
        self._wire.attach(self)
        try:
            await self._over.wait()
        finally:
            self.drop()
        await self.client.close(self.session.end(Ending.INTERNAL))

    def drop(self) -> None:
        """Gives the engine up, whatever happened; may be called twice."""
        if self._recovering is not None:
            self._recovering.cancel()
        self._wire.abort()

    # What the engine says.

    @override
    def engine_said(self, data: bytes) -> None:
        self._spoke = True
        begins = whole_text(data) if self._reader.is_between_frames else 0
        if begins and self._passes(data, begins):
            self.client.write(data)
            return
        try:
            said = self._reader.feed(data)
        except WireError:
            self.engine_left()
            return
        for frame in said:
            if self._over.is_set() or self._recovering is not None:
                return
            if self._passes(frame.payload, 0):
                self.client.write(frame.wire)
            else:
                self._frame(frame)

    def _passes(self, data: bytes, begins: int) -> bool:
        """Whether it is an interim result that nobody has to look into."""
        return (
            self._is_raw
            and data.startswith(_RESULTS, begins)
            and _INTERIM in data
            and not self.session.has_moved
            and not self._over.is_set()
            and self._recovering is None
        )

    def _frame(self, frame: Frame) -> None:
        match frame.opcode:
            case Opcode.TEXT if frame.is_last:
                self._text(frame)
            case Opcode.PING:
                self._wire.write(encoded(Opcode.PONG, frame.payload, masked=True))
            case Opcode.CLOSE if frame.payload[:2] == _UNDECODABLE:
                self.end(Ending.UNDECODABLE)
            case Opcode.CLOSE:
                self.engine_left()
            case _:
                pass

    def _text(self, frame: Frame) -> None:
        try:
            event = frames.parse(frame.payload)
            if self._framer is None:
                self._learn_model(frame.payload)
        except ValueError as error:
            log.warning("engine says nonsense", error=str(error)[:200])
            self.engine_left()
            return
        told = None if event is None else self.session.heard(event)
        if told is event:
            self.client.write(frame.wire)
        elif told is not None and self._framer is not None:
            self.client.say(self._framer.frame(told))
        if self.session.ending is not None:
            self._over.set()

    def _learn_model(self, payload: bytes) -> None:
        model = frames.model_in(payload)
        if model is not None:
            self.model = model.name
            session, tags = self._request.session, self._request.listening.tags
            self._framer = frames.Framer(session, model, self.lease.started, tags)

    @override
    def engine_is_behind(self, *, behind: bool) -> None:
        if behind:
            self.client.hold("behind")
        else:
            self.client.let_go("behind")

    # From one engine to another.

    @override
    def engine_left(self) -> None:
        if self._over.is_set() or self._recovering is not None:
            return
        self._wire.abort()
        lost = self.session.engine_lost(self._clock.monotonic())
        if isinstance(lost, Ending):
            self._over.set()
            return
        log.warning("engine lost", request_id=self._request.session)
        self.client.let_go("behind")
        self._recovering = asyncio.create_task(self._recover())

    async def _recover(self) -> None:
        request = attrs.evolve(self._request, listening=self.client.listening)
        while self.session.ending is None:
            try:
                wire = await self._engine.open_wire(request)
            except (EngineUnavailable, EngineRefused):
                wire = None
            if wire is None:
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            self._wire = self.client.wire = wire
            self._reader = FrameReader(masked=False, largest=_LARGEST_FROM_ENGINE)
            self._spoke = True
            self._recovering = None
            self._replay(wire, self.session.engine_found(self._clock.monotonic()))
            wire.attach(self)
            self.client.let_go("recovering")
            log.info("engine found", request_id=self._request.session)
            return

    def _replay(self, wire: Wire, replay: Replay) -> None:
        """All at once: it is bounded, and what comes next must come after it."""
        for _ in range(replay.finalizes):
            tell(wire, messages.FINALIZE_TEXT)
        for header in replay.header:
            wire.write(encoded(Opcode.BINARY, header, masked=True))
        skip = replay.skip
        for chunk in replay.chunks:
            if chunk == FINALIZE:
                tell(wire, messages.FINALIZE_TEXT)
                continue
            audio = self._audio_in(chunk)
            audio, skip = audio[skip:], max(0, skip - len(audio))
            if audio:
                wire.write(encoded(Opcode.BINARY, audio, masked=True))
        if replay.finish:
            tell(wire, messages.CLOSE_STREAM_TEXT)

    def _audio_in(self, chunk: bytes) -> bytes:
        """Raw audio is kept as it came off the wire."""
        if not self._is_raw:
            return chunk
        reader = FrameReader(masked=True, largest=2**62)
        return b"".join(frame.payload for frame in reader.feed(chunk))
