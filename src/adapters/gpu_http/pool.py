"""
Several engines behind one: the least loaded of two drawn at random gets the next session.

Connecting is tried on one engine after the other. A file can move to another engine as long as its
body is small enough to have been kept; a live stream is moved by its session (`domain.sessions`).
"""

import asyncio

from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from functools import partial
from typing import TypeVar, final

import aiohttp
import attrs
import structlog

from typing_extensions import override

from adapters.gpu_http.body import KeptBody
from adapters.gpu_http.breaker import Breaker, State
from adapters.gpu_http.file import GpuHttpFile
from adapters.gpu_http.health import problem_of
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

Outcome = TypeVar("Outcome")

_CHECK_SECONDS = 2.0
_CHECK_PATIENCE_SECONDS = 1.5


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
        self._live = [engine for engine in engines if engine.live is not None]
        self._file = [engine for engine in engines if engine.file is not None]
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
        for engine in self._candidates(self._live):
            assert engine.live is not None
            try:
                stream = await self._attempt(engine, engine.live.open(request))
            except EngineUnavailable:
                continue
            engine.outstanding += 1
            return PooledStream(stream, engine, self._clock)
        raise self._none_left()

    @override
    async def open_wire(self, request: LiveRequest) -> Wire | None:
        for engine in self._candidates(self._live):
            if engine.is_foreign:
                return None
            engine.outstanding += 1
            lost, dropped = partial(self._lost, engine), partial(self._dropped, engine)
            opening = open_wire(engine.target, request, lost=lost, dropped=dropped)
            try:
                return await self._attempt(engine, opening)
            except NotOurs:
                engine.is_foreign = True
                return None
            except EngineUnavailable:
                continue
        raise self._none_left()

    @override
    async def transcribe(self, request: FileRequest, body: AsyncIterator[bytes]) -> FileAnswer:
        kept = KeptBody(body)
        for engine in self._candidates(self._file):
            assert engine.file is not None
            engine.outstanding += 1
            try:
                answering = engine.file.transcribe(request, kept.chunks())
                return await self._attempt(engine, answering)
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
            better = self._less_loaded(left)
            left.remove(better)
            if better.breaker.allows(self._clock.monotonic()):
                yield better

    def _less_loaded(self, engines: Sequence[Pooled]) -> Pooled:
        count = len(engines)
        if count == 1:
            return engines[0]
        drawn = self._chance.bytes(8)
        first = engines[int.from_bytes(drawn[:4]) % count]
        second = engines[int.from_bytes(drawn[4:]) % count]
        return first if first.outstanding <= second.outstanding else second

    async def _attempt(self, engine: Pooled, attempt: Awaitable[Outcome]) -> Outcome:
        """Tells the breaker how it went. To be full, or to say no, is not to fail."""
        try:
            outcome = await attempt
        except BaseException as error:
            if not _is_fault(error):
                engine.breaker.succeeded()
            else:
                self._lost(engine)
                if isinstance(error, EngineUnavailable):
                    log.warning("engine failed", engine=engine.target.name)
            raise
        engine.breaker.succeeded()
        return outcome

    def _lost(self, engine: Pooled) -> None:
        engine.breaker.failed(self._clock.monotonic())

    def _dropped(self, engine: Pooled) -> None:
        engine.outstanding -= 1

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
        problem = await problem_of(engine.target, self._client, seconds=_CHECK_PATIENCE_SECONDS)
        if problem:
            if engine.breaker.state is State.CLOSED:
                log.warning("engine is not healthy", engine=engine.target.name, reason=problem)
            engine.breaker.failed(self._clock.monotonic())
        elif engine.breaker.state is not State.CLOSED:
            log.info("engine is healthy again", engine=engine.target.name)
            engine.breaker.succeeded()


def _is_fault(error: BaseException) -> bool:
    """Whether it is the engine's."""
    match error:
        case EngineBusy():
            return False
        case EngineUnavailable():
            return True
        case EngineRefused():
            return error.status >= 500
        case _:
            return False


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
    async def finalize(self, channel: int | None = None) -> None:
        await self._stream.finalize(channel)

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
