"""
One live stream between a client's WebSocket and an engine, message by message.

It owns the socket, the engine's stream and the tasks; every decision is `LiveSession`'s.
"""

import asyncio

from collections.abc import Coroutine, Mapping
from typing import Any

import attrs
import structlog

from aldea_core.domain.endings import Ending
from aldea_core.domain.errors import EngineLost, EngineRefused, EngineUnavailable, UndecodableAudio
from aldea_core.domain.listening import LiveRequest
from aldea_core.domain.replay import FinalizeMark, Replay
from aldea_core.domain.sessions import LiveSession
from aldea_core.domain.usage import Lease
from aldea_core.ports.clock import Clock
from aldea_core.ports.engines import LiveEngine, LiveStream
from aldea_core.protocol import frames, messages
from aldea_core.protocol.closes import CLOSES
from aldea_core.protocol.configure import configured
from entrypoints.ws_proxy.socket import MessageSocket


log = structlog.get_logger()

_CLOSE_SECONDS = 5.0
_RETRY_SECONDS = 0.25


class Stream:
    """A live stream whose engine is already open. `run` returns when it has ended."""

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
    ) -> None:
        self.lease = lease
        self.session = session
        self._socket = socket
        self._request = request
        self._listening = request.listening
        self._engine = engine
        self._stream = engine_stream
        self._clock = clock
        self._to_engine = asyncio.Lock()
        self._moved = asyncio.Event()
        self._over = asyncio.Event()
        self._sending_since: float | None = None
        self._replaying: asyncio.Task[None] | None = None

    @property
    def audio_ms(self) -> int:
        return self.session.audio_ms

    @property
    def model(self) -> str:
        return self._stream.model.name

    def tick(self, at: float) -> None:
        since, unread = self._sending_since, self.session.bounds.unread
        if since is not None and at - since > unread:
            self.end(Ending.SLOW_READER)
        elif (ending := self.session.tick(at)) is not None:
            self.end(ending)

    def end(self, ending: Ending) -> None:
        self.session.end(ending)
        self._over.set()

    async def run(self) -> None:
        """Relays until the end: `session.ending` says which. The socket is closed then."""
        pumps = [
            asyncio.create_task(self._from_client()),
            asyncio.create_task(self._from_engine()),
        ]
        try:
            await self._over.wait()
        finally:
            tasks = pumps if self._replaying is None else [*pumps, self._replaying]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._stream.abort()
        close = CLOSES[self.session.end(Ending.INTERNAL)]
        await self._socket.close(close, seconds=_CLOSE_SECONDS)

    async def give_up(self) -> None:
        """Lets go of the engine, whatever happened."""
        await self._stream.abort()

    # From the client to the engine.

    async def _from_client(self) -> None:
        try:
            while (message := await self._socket.receive()) is not None:
                await self._client_said(message)
            self.end(self._socket.ending or Ending.CONNECTION_LOST)
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
        if self.session.audio(audio, len(audio)):
            async with self._to_engine:
                if stream is self._stream:  # else it was replayed
                    await self._tell(stream, stream.send(audio))
        elif self.session.kept_bytes > self.session.bounds.replay_bytes // 2:
            self._moved.clear()
            await self._moved.wait()
        while (ahead := self.session.ahead(self._clock.monotonic())) > 0:  # noqa: ASYNC110 (time is what passes)
            await asyncio.sleep(min(ahead, 1.0))

    async def _text(self, text: str) -> None:
        match messages.parse(text):
            case messages.KeepAlive():
                self.session.keep_alive()
            case messages.Finalize(channel=channel):
                stream = self._stream
                if self.session.finalize(channel):
                    async with self._to_engine:
                        if stream is self._stream:
                            await self._tell(stream, stream.finalize(channel))
            case messages.CloseStream():
                await self._close_stream()
            case messages.Configure(changes=changes):
                await self._configure(changes)
            case messages.Malformed(message=wrong):
                self.session.keep_alive()
                await self._say(frames.schema_error(wrong))

    async def _close_stream(self) -> None:
        stream = self._stream
        if self.session.close_stream(self._clock.monotonic()):
            async with self._to_engine:
                if stream is self._stream:
                    await self._tell(stream, stream.finish())

    async def _configure(self, changes: Mapping[str, Any]) -> None:
        self.session.keep_alive()
        wanted = configured(self._listening, changes)
        done = wanted is not None and await self._stream.configure(wanted)
        if done and wanted is not None:
            self._listening = wanted
        await self._say(frames.configure_answer(done=done))

    async def _tell(self, stream: LiveStream, telling: Coroutine[Any, Any, None]) -> None:
        try:
            await telling
        except EngineLost:
            await stream.abort()  # whoever receives from it learns of it now

    # From the engine to the client.

    async def _from_engine(self) -> None:
        try:
            while self.session.ending is None:
                await self._hear()
        except UndecodableAudio:
            self.end(Ending.UNDECODABLE)
        except ConnectionError:
            self.end(self._socket.ending or Ending.CONNECTION_LOST)
        except Exception:
            log.exception("engine side failed", request_id=self._request.session)
            self.end(Ending.INTERNAL)
        self._over.set()

    async def _hear(self) -> None:
        try:
            event = await self._stream.receive()
            if event is None:
                raise EngineLost
        except EngineLost:
            await self._recover()
            return
        told = self.session.heard(event)
        if told is not None:
            await self._say(self._framer().frame(told))

    def _framer(self) -> frames.Framer:
        return frames.Framer(
            self._request.session,
            self._stream.model,
            self.lease.started,
            self._listening.tags,
        )

    async def _say(self, text: str) -> None:
        self._sending_since = self._clock.monotonic()
        await self._socket.send(text)
        self._sending_since = None

    # From one engine to another.

    async def _recover(self) -> None:
        await self._stream.abort()
        lost = self.session.engine_lost(self._clock.monotonic())
        if isinstance(lost, Ending):
            return
        log.warning("engine lost", request_id=self._request.session)
        request = attrs.evolve(self._request, listening=self._listening)
        while self.session.ending is None:
            try:
                stream = await self._engine.open(request)
            except (EngineUnavailable, EngineRefused):
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            await self._to_engine.acquire()
            self._stream = stream
            replay = self.session.engine_found(self._clock.monotonic())
            self._replaying = asyncio.create_task(self._replay_then_go_on(stream, replay))
            log.info("engine found", request_id=self._request.session)
            return

    async def _replay_then_go_on(self, stream: LiveStream, replay: Replay) -> None:
        """Beside the events of the new engine, so that neither waits for the other."""
        try:
            await self._replay(stream, replay)
        except EngineLost:
            await stream.abort()
        finally:
            self._to_engine.release()
            self._moved.set()

    async def _replay(self, stream: LiveStream, replay: Replay) -> None:
        for header in replay.header:
            await stream.send(header)
        skip = replay.skip
        for chunk in replay.chunks:
            if isinstance(chunk, FinalizeMark):
                await stream.finalize(chunk.channel)
                continue
            audio, skip = chunk[skip:], max(0, skip - len(chunk))
            if audio:
                await stream.send(audio)
        if replay.finish:
            await stream.finish()
