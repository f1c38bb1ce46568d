"""
Several engines behind one: the least loaded of two drawn at random gets the next session.

Connecting is tried on one engine after the other. A file can move to another engine as long as its
body is small enough to have been kept; a live stream is moved by its session (`domain.sessions`).
"""

import asyncio

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from typing import final

import aiohttp
import attrs
import structlog

from typing_extensions import override

from adapters.gpu_http.body import KeptBody
from adapters.gpu_http.breaker import Breaker, State
from adapters.gpu_http.file import GpuHttpFile
from adapters.gpu_http.target import Target
from adapters.gpu_http.wire import NotOurs, open_wire
from aldea_core.domain.errors import EngineBusy, EngineLost, EngineRefused, EngineUnavailable
from aldea_core.domain.listening import FileRequest, LiveListening, LiveRequest
from aldea_core.domain.transcripts import LiveEvent, Model
from aldea_core.ports.chance import Chance
from aldea_core.ports.clock import Clock
from aldea_core.ports.engines import (
    FileAnswer,
    FileEngine,
    LiveEngine,
    LiveStream,
    Wire,
    WireEngine,
)


log = structlog.get_logger()

_CHECK_SECONDS = 2.0
_CHECK_TIMEOUT = aiohttp.ClientTimeout(total=1.5)


@attrs.define(eq=False)
class Pooled:
    """
    One engine and how it fares.

    Attributes:
        is_foreign: Whether it was found not to be ours: it is spoken to message by message.
    """

    target: Target
    live: LiveEngine | None
    file: FileEngine | None
    capacity: int
    outstanding: int = 0
    breaker: Breaker = attrs.Factory(Breaker)
    is_foreign: bool = False


@final
class EnginePool(FileEngine, LiveEngine, WireEngine):
    """Engines that serve the same purpose."""

    def __init__(
        self,
        engines: Sequence[Pooled],
        client: aiohttp.ClientSession,
        clock: Clock,
        chance: Chance,
    ) -> None:
        self._engines = engines
        self._client = client
        self._clock = clock
        self._chance = chance
        self._checking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._checking = asyncio.create_task(self._check_again_and_again())

    async def close(self) -> None:
        if self._checking is not None:
            self._checking.cancel()
            await asyncio.gather(self._checking, return_exceptions=True)
        for engine in self._engines:
            if isinstance(engine.file, GpuHttpFile):
                engine.file.close()

    def load(self) -> tuple[int, int]:
        """How many sessions there are, and how many there may be."""
        return (
            sum(engine.outstanding for engine in self._engines),
            sum(engine.capacity for engine in self._engines),
        )

    def state(self) -> list[tuple[str, State, int]]:
        """For operators: each engine's name, its breaker and its sessions."""
        return [(e.target.name, e.breaker.state, e.outstanding) for e in self._engines]

    @override
    async def open(self, request: LiveRequest) -> LiveStream:
        for engine in self._candidates([e for e in self._engines if e.live is not None]):
            assert engine.live is not None
            try:
                with self._attempt(engine):
                    stream = await engine.live.open(request)
            except EngineUnavailable:
                continue
            engine.outstanding += 1
            return PooledStream(stream, engine, self._clock)
        raise self._none_left()

    @override
    async def open_wire(self, request: LiveRequest) -> Wire | None:
        engines = [e for e in self._engines if e.live is not None]
        for engine in self._candidates(engines):
            if engine.is_foreign:
                return None

            def lost(engine: Pooled = engine) -> None:
                engine.breaker.failed(self._clock.monotonic())

            def dropped(engine: Pooled = engine) -> None:
                engine.outstanding -= 1

            engine.outstanding += 1
            try:
                with self._attempt(engine):
                    return await open_wire(engine.target, request, lost=lost, dropped=dropped)
            except NotOurs:
                engine.is_foreign = True
                return None
            except EngineUnavailable:
                continue
        raise self._none_left()

    @override
    async def transcribe(self, request: FileRequest, body: AsyncIterator[bytes]) -> FileAnswer:
        kept = KeptBody(body)
        for engine in self._candidates([e for e in self._engines if e.file is not None]):
            assert engine.file is not None
            engine.outstanding += 1
            try:
                with self._attempt(engine):
                    return await engine.file.transcribe(request, kept.chunks())
            except EngineUnavailable:
                if not kept.is_whole:
                    raise
            finally:
                engine.outstanding -= 1
        raise self._none_left()

    def _candidates(self, engines: Sequence[Pooled]) -> Iterator[Pooled]:
        """Engines to try, one after the other; each at most once."""
        left = [engine for engine in engines if engine.outstanding < engine.capacity]
        while left:
            first, second = self._draw(len(left)), self._draw(len(left))
            better = min((left[first], left[second]), key=lambda engine: engine.outstanding)
            left.remove(better)
            if better.breaker.allows(self._clock.monotonic()):
                yield better

    def _draw(self, count: int) -> int:
        return int.from_bytes(self._chance.bytes(4)) % count

    @contextmanager
    def _attempt(self, engine: Pooled) -> Iterator[None]:
        """Tells the breaker how it went. To be full, or to say no, is not to fail."""
        try:
            yield
        except EngineBusy:
            engine.breaker.succeeded()
            raise
        except EngineUnavailable:
            engine.breaker.failed(self._clock.monotonic())
            log.warning("engine failed", engine=engine.target.name)
            raise
        except EngineRefused as error:
            if error.status >= 500:
                engine.breaker.failed(self._clock.monotonic())
            else:
                engine.breaker.succeeded()
            raise
        except BaseException:
            engine.breaker.succeeded()
            raise
        engine.breaker.succeeded()

    def _none_left(self) -> EngineUnavailable:
        alive = [e for e in self._engines if e.breaker.state is State.CLOSED]
        if alive and all(engine.outstanding >= engine.capacity for engine in alive):
            return EngineBusy(retry_after=2)
        return EngineUnavailable()

    async def _check_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(_CHECK_SECONDS)
            await asyncio.gather(*(self._check(engine) for engine in self._engines))

    async def _check(self, engine: Pooled) -> None:
        """Any answer below 500 is health: not every server knows the path."""
        try:
            async with self._client.get(
                engine.target.url("/healthz"),
                headers=engine.target.headers,
                timeout=_CHECK_TIMEOUT,
            ) as response:
                healthy = response.status < 500
        except (aiohttp.ClientError, TimeoutError, OSError):
            healthy = False
        if not healthy:
            if engine.breaker.state is State.CLOSED:
                log.warning("engine is not healthy", engine=engine.target.name)
            engine.breaker.failed(self._clock.monotonic())
        elif engine.breaker.state is not State.CLOSED:
            log.info("engine is healthy again", engine=engine.target.name)
            engine.breaker.succeeded()


@final
class PooledStream(LiveStream):
    """A stream that gives its place back, and tells when its engine is lost."""

    def __init__(self, stream: LiveStream, engine: Pooled, clock: Clock) -> None:
        self._stream = stream
        self._engine = engine
        self._clock = clock
        self._holds_place = True

    @property
    @override
    def model(self) -> Model:
        return self._stream.model

    @override
    async def send(self, audio: bytes) -> None:
        await self._stream.send(audio)

    @override
    async def finalize(self) -> None:
        await self._stream.finalize()

    @override
    async def configure(self, listening: LiveListening) -> bool:
        return await self._stream.configure(listening)

    @override
    async def finish(self) -> None:
        await self._stream.finish()

    @override
    async def receive(self) -> LiveEvent | None:
        try:
            return await self._stream.receive()
        except EngineLost:
            if self._holds_place:  # else it was we who ended it
                self._engine.breaker.failed(self._clock.monotonic())
            raise

    @override
    async def abort(self) -> None:
        if self._holds_place:
            self._holds_place = False
            self._engine.outstanding -= 1
        await self._stream.abort()
