"""
One live stream and its failover, with an engine in this process: messages are passed one by one.

`remote_relay` is for engines behind a socket. This one owns the client's socket, the engine's
stream and the tasks; `LiveSession` makes every decision.
"""

import asyncio

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, final

import structlog

from typing_extensions import override

from aldea_core.domain.errors import EngineLost, UndecodableAudio
from aldea_core.domain.live.endings import Ending
from aldea_core.domain.live.leases import Lease
from aldea_core.domain.live.replay import FinalizeMark, Replay
from aldea_core.domain.live.sessions import LiveSession
from aldea_core.domain.transcripts.options import LiveOptions, LiveRequest
from aldea_core.ports.clock import Clock
from aldea_core.ports.engines import LiveEngine, LiveStream
from aldea_core.protocol.deepgram import client_messages, live_messages
from aldea_core.protocol.deepgram.close_codes import CLOSES
from aldea_core.protocol.deepgram.configure import configured
from entrypoints.ws_proxy.failover import open_another
from entrypoints.ws_proxy.running_stream import RunningStream
from entrypoints.ws_proxy.socket import MessageSocket


log = structlog.get_logger()

_CLOSE_SECONDS = 5.0


@final
class LocalStream(RunningStream):
    """A live stream whose engine is in this process."""

    def __init__(
        self,
        *,
        socket: MessageSocket,
        session: LiveSession,
        request: LiveRequest,
        lease: Lease,
        engine: LiveEngine,
        engine_stream: LiveStream,
        clock: Clock,
        renew: Callable[[RunningStream], None],
    ) -> None:
        super().__init__(session, request, lease, clock, renew)
        self._socket = socket
        self._options = request.options
        self._engine = engine
        self._stream = engine_stream
        self._to_engine = asyncio.Lock()
        self._moved = asyncio.Event()
        self._over = asyncio.Event()
        self._ticked = asyncio.Event()
        self._sending_since: float | None = None
        # Since when one message is being handled: it takes long if the engine takes nothing.
        self._taking_since: float | None = None
        self._is_ahead = False  # whether it waits for real time instead
        self._finalizing: asyncio.Task[None] | None = None
        self._replaying: asyncio.Task[None] | None = None

    @property
    @override
    def model(self) -> str:
        return self._stream.model.name

    @override
    def tick(self, at: float) -> None:
        self._ticked.set()
        since, unread = self._sending_since, self.session.bounds.unread
        took, is_ahead = self._taking_since, self._is_ahead
        self.session.is_held = is_waiting = took is not None or is_ahead
        if since is not None and at - since > unread:
            self.end(Ending.SLOW_READER)
        elif took is not None and at - took > self.session.bounds.finish:
            self.end(Ending.ENGINE_GONE)
        elif is_waiting and self._socket.ending is not None:
            self.end(self._socket.ending)
        elif (ending := self.session.tick(at)) is not None:
            self.end(ending)
        if is_waiting:  # a client that is not read gets no answer to its pings, and may give up
            self._socket.keep_waiting(0 if is_ahead else self.session.room)
        self._socket.ping_if_held()

    @override
    def _request_final_results(self) -> None:
        self._finalizing = asyncio.create_task(self._finalize())
        self._ticked.set()  # results that wait for the lease wait no longer

    @override
    def _stop(self) -> None:
        self._over.set()

    @override
    async def run(self) -> None:
        pumps = [
            asyncio.create_task(self._from_client()),
            asyncio.create_task(self._from_engine()),
        ]
        try:
            await self._over.wait()
        finally:
            more = (self._replaying, self._finalizing)
            tasks = [*pumps, *(task for task in more if task is not None)]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._stream.abort()

    @override
    async def close(self) -> None:
        close = CLOSES[self.session.end(Ending.INTERNAL)]
        await self._socket.close(close, seconds=_CLOSE_SECONDS)

    @override
    async def give_up(self) -> None:
        await self._stream.abort()

    # From the client to the engine.

    async def _from_client(self) -> None:
        try:
            while (message := await self._socket.receive()) is not None:
                self._taking_since = self._clock.monotonic()
                await self._client_said(message)
                self._taking_since = None
            self.end(self._socket.ending or Ending.CONNECTION_LOST)
        except ConnectionError:
            self.end(Ending.CONNECTION_LOST)
        except Exception:
            log.exception("client side failed", request_id=self._request.session)
            self.end(Ending.INTERNAL)

    async def _client_said(self, message: str | bytes) -> None:
        if isinstance(message, str):
            await self._text(message)
        elif message:
            await self._audio(message)
        else:
            await self._close_stream()

    async def _audio(self, audio: bytes) -> None:
        stream = self._stream
        if self.session.first_word.audio_began is None:
            self.session.first_word.audio_began = self._clock.monotonic()
        if self.session.audio(audio, len(audio)):
            await self._command(stream, lambda stream: stream.send(audio))
        elif self.session.room <= 0:
            self._moved.clear()
            await self._moved.wait()
        pause_before_reading = self.session.pause_before_reading
        while (pause := pause_before_reading(self._clock.monotonic())) > 0:
            self._taking_since, self._is_ahead = None, True
            await asyncio.sleep(min(pause, 1.0))
        self._is_ahead = False

    async def _text(self, text: str) -> None:
        match client_messages.parse(text):
            case client_messages.KeepAlive():
                self.session.keep_alive()
            case client_messages.Finalize(channel=channel):
                await self._finalize(channel)
            case client_messages.CloseStream():
                await self._close_stream()
            case client_messages.Configure(changes=changes):
                await self._configure(changes)
            case client_messages.Malformed(message=wrong):
                self.session.keep_alive()
                await self._say(live_messages.schema_error(wrong))

    async def _finalize(self, channel: int | None = None) -> None:
        stream = self._stream
        if self.session.finalize(channel):
            await self._command(stream, lambda stream: stream.finalize(channel))

    async def _close_stream(self) -> None:
        stream = self._stream
        if self.session.close_stream(self._clock.monotonic()):
            await self._command(stream, lambda stream: stream.finish())

    async def _configure(self, changes: Mapping[str, Any]) -> None:
        self.session.keep_alive()
        wanted = configured(self._options, changes)
        if wanted is not None:
            # If no engine is open, the next one is opened with the last options.
            self._options = wanted
            await self._command(self._stream, lambda stream: stream.configure(wanted))
        await self._say(live_messages.configure_answer(done=wanted is not None))

    async def _command(
        self, stream: LiveStream, command: Callable[[LiveStream], Awaitable[None]]
    ) -> None:
        """
        Runs *command* on *stream*. If the engine was replaced, the replay
        includes it.
        """
        async with self._to_engine:
            if stream is not self._stream:
                return
            try:
                await command(stream)
            except EngineLost:
                await stream.abort()  # makes `receive` raise, which starts the failover

    # From the engine to the client.

    async def _from_engine(self) -> None:
        try:
            while self.session.ending is None:
                await self._receive()
        except UndecodableAudio:
            self.end(Ending.UNDECODABLE)
        except ConnectionError:
            self.end(self._socket.ending or Ending.CONNECTION_LOST)
        except Exception:
            log.exception("engine side failed", request_id=self._request.session)
            self.end(Ending.INTERNAL)
        self._over.set()

    async def _receive(self) -> None:
        try:
            event = await self._stream.receive()
            if event is None:
                raise EngineLost
        except EngineLost:
            await self._recover()
            return
        while self.must_wait(event):
            self._ticked.clear()
            await self._ticked.wait()
        outgoing = self.outgoing(event)
        if outgoing is not None:
            if not self.session.first_word.is_sent:
                self.session.first_word.sent(outgoing, self._clock.monotonic())
            await self._say(self._framer().frame(outgoing))

    def _framer(self) -> live_messages.Framer:
        return live_messages.Framer(
            self._request.session,
            self._stream.model,
            self.lease.started,
            self._options.tags,
        )

    async def _say(self, text: str) -> None:
        self._sending_since = self._clock.monotonic()
        await self._socket.send(text)
        self._sending_since = None

    # Failover.

    async def _recover(self) -> None:
        await self._stream.abort()
        lost = self.session.engine_lost(self._clock.monotonic())
        if isinstance(lost, Ending):
            return
        log.warning("engine lost", request_id=self._request.session)
        opened = await open_another(
            self.session, self._request, lambda: self._options, self._engine.open
        )
        if opened is None:
            return
        stream, options = opened
        await self._to_engine.acquire()
        self._stream = stream
        replay = self.session.engine_found(self._clock.monotonic())
        changed = None if self._options == options else self._options
        self._replaying = asyncio.create_task(self._replay_then_go_on(stream, replay, changed))
        log.info("engine found", request_id=self._request.session)

    async def _replay_then_go_on(
        self, stream: LiveStream, replay: Replay, changed: LiveOptions | None
    ) -> None:
        """Replays in a task of its own, so that the new engine's events are received meanwhile."""
        try:
            if changed is not None:
                await stream.configure(changed)
            await self._replay(stream, replay)
        except EngineLost:
            await stream.abort()
        except Exception:
            log.exception("replay failed", request_id=self._request.session)
            self.end(Ending.INTERNAL)
        finally:
            self._to_engine.release()
            self._moved.set()

    async def _replay(self, stream: LiveStream, replay: Replay) -> None:
        for header in replay.header:
            await stream.send(header)
        for piece in replay.pieces():
            if isinstance(piece, FinalizeMark):
                await stream.finalize(piece.channel)
            else:
                await stream.send(piece)
        if replay.finish:
            await stream.finish()
