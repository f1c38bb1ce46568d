"""
One live stream and its failover, with an engine behind a socket: frames are relayed as they come.

Audio is passed on unchanged to any engine, interim results unchanged from our own engines. It does
what `LocalStream` does, for the same `LiveSession`, without parsing audio and interim
results. The only task per stream is the one that waits for its end.

An engine that owes results and is silent may be gone, or busy with earlier audio, so its health is
checked on a separate connection. If the check fails, the engine counts as lost. If it succeeds,
waiting is cheaper than replaying the audio to another engine, for as long as the replay would have
taken when the doubt began, plus `_PATIENCE_SECONDS`.
"""

import asyncio

from collections.abc import Callable
from math import inf
from typing import final

import structlog

from typing_extensions import override

from aldea_core.domain.live.endings import Ending
from aldea_core.domain.live.leases import Lease
from aldea_core.domain.live.replay import FinalizeMark, Replay
from aldea_core.domain.live.sessions import LiveSession
from aldea_core.domain.transcripts.options import LiveRequest
from aldea_core.ports.clock import Clock
from aldea_core.ports.engines import FrameConnection, FrameEngine
from aldea_core.protocol.websocket import FrameReader, Opcode, encoded
from entrypoints.ws_proxy.bounded_engine_end import BoundedEngineEnd
from entrypoints.ws_proxy.client_end import ClientEnd
from entrypoints.ws_proxy.control_frames import (
    CLOSE_STREAM_FRAME,
    PING_FRAME,
    configure_frame,
    finalize_frame,
)
from entrypoints.ws_proxy.engine_end import EngineEnd
from entrypoints.ws_proxy.failover import open_another
from entrypoints.ws_proxy.running_stream import RunningStream


log = structlog.get_logger()

_PING_AFTER_SECONDS = 1.0
_DOUBTED_AFTER_SECONDS = 2.5
# How long a healthy engine may be silent, beyond the time that a replay would take.
_PATIENCE_SECONDS = 15.0
# Foreign engines end a stream that brings nothing for ten seconds.
_KEPT_ALIVE_AFTER_SECONDS = 4.0


@final
class RemoteRelay(RunningStream):
    """A live stream whose engine is behind a socket."""

    # How streams begin. Most end with some of it unchanged, so it is not assigned to each.
    _doubted = -1.0  # when the engine had spoken last before it was doubted
    _patience = 0.0  # how long it may be silent then, in seconds
    _answered_bytes = _fed_bytes = 0
    _model = ""  # of earlier engines
    _recovering: asyncio.Task[None] | None = None
    _asking: asyncio.Task[None] | None = None
    _is_dropped = False
    _bounded: BoundedEngineEnd | None = None  # the engine's end, if results may wait for the lease

    def __init__(
        self,
        *,
        session: LiveSession,
        request: LiveRequest,
        lease: Lease,
        engine: FrameEngine,
        connection: FrameConnection,
        clock: Clock,
        largest: int,
        renew: Callable[[RunningStream], None],
    ) -> None:
        super().__init__(session, request, lease, clock, renew)
        self._engines = engine
        self.client = ClientEnd(
            session=session,
            options=request.options,
            connection=connection,
            clock=clock,
            largest=largest,
            end=self.end,
        )
        self._engine = self._engine_at(connection)
        self._is_raw = request.options.raw is not None
        self._over: asyncio.Future[None] = asyncio.Future()
        self._spoke_at = self._fed_at = 0.0

    # Interface for the endpoint and the session registry.

    @property
    @override
    def model(self) -> str:
        return self._engine.model or self._model

    @override
    def tick(self, at: float) -> None:
        engine, since = self._engine, self.client.behind_since
        if self._bounded is not None:
            self._bounded.go_on()
        if since is not None and at - since > self.session.bounds.unread:
            self.end(Ending.SLOW_READER)
        elif (ending := self.session.tick(at)) is not None:
            self.end(ending)
        elif engine.spoke:
            engine.spoke, self._spoke_at = False, at
            self._answered_bytes = self.session.audio_bytes
        elif self.session.audio_bytes == self._answered_bytes and not self.session.awaits_answer:
            self._spoke_at = at  # the engine owes nothing
        elif self._recovering is None and since is None:
            self._doubt(engine, at)
        if self.session.is_held:
            self.client.flow_control.bound_waiting()
            self.client.write(PING_FRAME)  # keeps the connection alive, and detects a gone client
        if self._is_foreign:
            self._keep_alive(engine, at)

    def _doubt(self, engine: EngineEnd, at: float) -> None:
        """Asks an engine that owes an answer whether it is there, by a ping and then by its health."""
        silent = at - self._spoke_at
        if silent > _PING_AFTER_SECONDS:
            engine.ping()
        if silent <= _DOUBTED_AFTER_SECONDS or self._asking is not None:
            return
        if self._doubted != self._spoke_at:  # else the audio that came since would add to it
            self._doubted = self._spoke_at
            self._patience = _PATIENCE_SECONDS + self.session.seconds_to_replay
        self._asking = asyncio.create_task(self._ask(engine, at))

    def _keep_alive(self, engine: EngineEnd, at: float) -> None:
        sent = self.session.audio_bytes
        if sent != self._fed_bytes:
            self._fed_bytes, self._fed_at = sent, at
        elif at - self._fed_at > _KEPT_ALIVE_AFTER_SECONDS:
            self._fed_at = at
            engine.keep_alive()

    @override
    def _request_final_results(self) -> None:
        self.client.finalize()
        if self._bounded is not None:
            self._bounded.go_on()

    @override
    def _stop(self) -> None:
        if not self._over.done():
            self._over.set_result(None)
            self.drop()

    @override
    async def run(self) -> None:
        self._spoke_at = self._fed_at = self._clock.monotonic()
        self._engine.attach()
        await self._over

    @override
    async def close(self) -> None:
        await self.client.close(self.session.end(Ending.INTERNAL))

    def drop(self) -> None:
        """Drops the engine; may be called twice."""
        if self._is_dropped:
            return
        self._is_dropped = True
        self.client.be_careful()
        if self._recovering is not None:
            self._recovering.cancel()
            self._recovering = None  # a cancelled task holds its traceback, and that us
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None
        self._engine.drop()

    @override
    async def give_up(self) -> None:
        self.drop()

    def _engine_at(self, connection: FrameConnection) -> EngineEnd:
        self._is_foreign = not connection.is_ours
        make = EngineEnd if self.lease.granted_ms is None else BoundedEngineEnd
        end = make(self, connection, self.client, self._clock, self._engine_left)
        if isinstance(end, BoundedEngineEnd):
            self._bounded = end
        return end

    # Failover.

    async def _ask(self, engine: EngineEnd, since: float) -> None:
        """Checks the health of a silent engine: it is gone, or busy."""
        try:
            is_well = await engine.connection.is_well()
        except Exception:
            log.exception("health check failed", request_id=self._request.session)
            is_well = False
        finally:
            self._asking = None
        if engine is not self._engine or engine.spoke or self._recovering is not None:
            return
        if not is_well:
            self._engine_left(engine, True)
        elif since - self._spoke_at > self._patience and self.session.seconds_to_replay < inf:
            self._engine_left(engine, False, is_well=True)

    def _engine_left(self, engine: EngineEnd, failed: bool, *, is_well: bool = False) -> None:
        if self._over.done():
            return
        self.client.be_careful()
        engine.drop(failed=failed)
        self._model = engine.model or self._model
        lost = self.session.engine_lost(self._clock.monotonic(), is_well=is_well)
        if isinstance(lost, Ending):
            self.end(lost)
            return
        log.warning("engine lost", request_id=self._request.session, is_well=is_well)
        self.client.flow_control.engine_reads()
        self._recovering = asyncio.create_task(self._recover())

    async def _recover(self) -> None:
        try:
            await self._move()
        except Exception:
            log.exception("failover failed", request_id=self._request.session)
            self.end(Ending.INTERNAL)

    async def _move(self) -> None:
        opened = await open_another(
            self.session, self._request, lambda: self.client.options, self._engines.open_frames
        )
        if opened is None:
            return
        connection, options = opened
        self.client.attach(connection)
        self._engine = self._engine_at(connection)
        self._recovering = None
        if self.client.options != options:  # changed while the engine was being opened
            connection.write(configure_frame(self.client.options))
        self._replay(connection, self.session.engine_found(self._clock.monotonic()))
        self._engine.attach()
        self.client.flow_control.let_go("recovering")
        log.info("engine found", request_id=self._request.session)

    def _replay(self, connection: FrameConnection, replay: Replay) -> None:
        """Writes everything at once: it is bounded, and later audio must follow it."""
        for header in replay.header:
            connection.write(encoded(Opcode.BINARY, header, masked=True))
        for piece in replay.pieces(self._audio_in):
            if isinstance(piece, FinalizeMark):
                connection.write(finalize_frame(piece.channel))
            else:
                connection.write(encoded(Opcode.BINARY, piece, masked=True))
        if replay.finish:
            connection.write(CLOSE_STREAM_FRAME)

    def _audio_in(self, chunk: bytes) -> bytes:
        """The samples in *chunk*: raw audio is kept as masked WebSocket frames."""
        if not self._is_raw:
            return chunk
        reader = FrameReader(masked=True, largest=2**62)
        return b"".join(frame.payload for frame in reader.feed(chunk))
