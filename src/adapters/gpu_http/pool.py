"""
Several engines behind one port. A new session goes to the less loaded of two random engines.

If connecting fails, the next engine is tried. A file moves to another engine while its body is
small enough to be kept. A live stream is moved by its session (`domain.live.sessions`). Engines that
report they are far behind are tried last.
"""

import asyncio

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from functools import partial
from typing import final

import aiohttp
import attrs
import structlog

from typing_extensions import override

from adapters.gpu_http.breaker import Breaker, CircuitState
from adapters.gpu_http.frame_connection import open_frames
from adapters.gpu_http.health import health_of
from adapters.gpu_http.kept_body import KeptBody
from adapters.gpu_http.target import Target
from adapters.gpu_http.traced import step
from aldea_core.domain.errors import AldeaError, EngineBusy, EngineRefused, EngineUnavailable
from aldea_core.domain.transcripts.options import FileRequest, LiveRequest
from aldea_core.ports.clock import Clock
from aldea_core.ports.engines import (
    FileAnswer,
    FileEngine,
    FrameConnection,
    FrameEngine,
    RemoteFileEngine,
)
from aldea_core.ports.randomness import Randomness
from aldea_core.ports.tracing import Tracer


log = structlog.get_logger()

_CHECK_SECONDS = 2.0
_CHECK_PATIENCE_SECONDS = 1.5
# Consecutive failed checks after which running file requests fail and move: a file request has no
# ping of its own.
_CHECKS_FAILED = 2
# An engine further behind than this gets new sessions only if every engine is.
_BEHIND_SECONDS = 3.0


@attrs.define(eq=False)
class PoolMember:
    """
    One engine and its state.

    Attributes:
        is_live: Whether the engine takes live streams.
        behind: Seconds the engine was behind at the last health check.
        failed_checks: Failed health checks since the last successful one.
    """

    target: Target
    is_live: bool
    file: RemoteFileEngine | None
    capacity: int
    outstanding: int = 0
    breaker: Breaker = attrs.Factory(Breaker)
    behind: float = 0.0
    failed_checks: int = 0
    checking: asyncio.Task[bool] | None = None


@final
class EnginePool(FileEngine, FrameEngine):
    """
    A pool of engines for the same purpose.

    Args:
        most_kept: Bytes of a file that are kept to send the file to another engine.
        tracer: Traces connections to engines; None: they are not traced.
    """

    def __init__(
        self,
        engines: Sequence[PoolMember],
        client: aiohttp.ClientSession,
        clock: Clock,
        randomness: Randomness,
        *,
        most_kept: int,
        tracer: Tracer | None = None,
    ) -> None:
        self._tracer = tracer
        self._engines = engines
        self._live = [engine for engine in engines if engine.is_live]
        # What opens a stream on each of them, made once.
        self._opens = {engine: self._open_on(engine) for engine in self._live}
        self._file = [engine for engine in engines if engine.file is not None]
        self._client = client
        self._clock = clock
        self._randomness = randomness
        self._most_kept = most_kept
        self._checking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._checking = asyncio.create_task(self._check_again_and_again())

    async def close(self) -> None:
        checks = [self._checking, *(engine.checking for engine in self._engines)]
        tasks = [check for check in checks if check is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for engine in self._engines:
            if engine.file is not None:
                engine.file.close()

    def load(self) -> tuple[int, int]:
        """Running sessions, and the capacity of all engines."""
        return (
            sum(engine.outstanding for engine in self._engines),
            sum(engine.capacity for engine in self._engines),
        )

    def state(self) -> list[tuple[str, CircuitState, int]]:
        """Name, circuit state and sessions of each engine, for operators."""
        return [(e.target.name, e.breaker.state, e.outstanding) for e in self._engines]

    @override
    async def open_frames(self, request: LiveRequest) -> FrameConnection:
        is_busy = False
        for engine in self._candidates(self._live):
            engine.outstanding += 1  # until `_dropped`, also after a failure
            try:
                if self._tracer is None:
                    opened = await self._opens[engine](request)
                else:
                    with step(self._tracer, "GET", engine.target) as line:
                        opened = await self._opens[engine](request, trace=line)
            except BaseException as error:
                self._judge(engine, error)
                if isinstance(error, EngineUnavailable):
                    is_busy |= isinstance(error, EngineBusy)
                    continue
                raise
            engine.breaker.succeeded()
            return opened
        raise self._none_left(is_busy=is_busy)

    @override
    async def transcribe(self, request: FileRequest, body: AsyncIterator[bytes]) -> FileAnswer:
        kept = KeptBody(body, self._most_kept)
        is_busy = False
        for engine in self._candidates(self._file):
            file = engine.file
            assert file is not None
            engine.outstanding += 1
            try:
                answer = await file.transcribe(request, kept.from_beginning())
            except BaseException as error:
                self._judge(engine, error, is_ours=kept.failed)
                if isinstance(error, EngineUnavailable) and kept.is_whole and not kept.failed:
                    is_busy |= isinstance(error, EngineBusy)
                    continue
                raise
            finally:
                engine.outstanding -= 1
            engine.breaker.succeeded()
            return answer
        raise self._none_left(is_busy=is_busy)

    def _open_on(self, engine: PoolMember) -> Callable[..., Awaitable[FrameConnection]]:
        return partial(
            open_frames,
            engine.target,
            lost=partial(self._failed, engine),
            dropped=partial(self._dropped, engine),
            asks=partial(self._is_well, engine),
        )

    def _candidates(self, engines: Sequence[PoolMember]) -> Iterator[PoolMember]:
        """Yields the engines to try, in order, each at most once."""
        left = [engine for engine in engines if engine.outstanding < engine.capacity]
        while left:
            if len(left) == 1:
                better = left.pop()
            else:
                better = self._better(left)
                left.remove(better)
            if better.breaker.allows(self._clock.monotonic()):
                yield better

    def _better(self, engines: Sequence[PoolMember]) -> PoolMember:
        """The less loaded of two of *engines*, of those in time if there are any."""
        engines = [engine for engine in engines if engine.behind < _BEHIND_SECONDS] or engines
        count = len(engines)
        drawn = self._randomness.bytes(8)
        first = engines[int.from_bytes(drawn[:4]) % count]
        second = engines[int.from_bytes(drawn[4:]) % count]
        return first if first.outstanding <= second.outstanding else second

    def _judge(self, engine: PoolMember, error: BaseException, *, is_ours: bool = False) -> None:
        """
        Reports a failed request to the engine's breaker. Being busy and refusing a request are no
        failures.

        Args:
            is_ours: Whether the failure is not the engine's.
        """
        if is_ours or not isinstance(error, AldeaError):
            engine.breaker.undecided()
        elif not _is_fault(error):
            engine.breaker.succeeded()
        else:
            self._failed(engine)

    def _failed(self, engine: PoolMember) -> None:
        """Notes a request that failed, or a stream whose engine was lost."""
        log.warning("engine failed", engine=engine.target.name)
        engine.breaker.failed(self._clock.monotonic())

    def _dropped(self, engine: PoolMember) -> None:
        engine.outstanding -= 1

    def _none_left(self, *, is_busy: bool) -> EngineUnavailable:
        """
        Args:
            is_busy: Whether an engine said so: other gateways may have filled it.
        """
        alive = [e for e in self._engines if e.breaker.state is CircuitState.CLOSED]
        is_full = alive and all(engine.outstanding >= engine.capacity for engine in alive)
        if is_busy or is_full:
            return EngineBusy(retry_after=2)
        return EngineUnavailable()

    # Health checks.

    async def _check_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(_CHECK_SECONDS)
            checks = (self._is_well(engine) for engine in self._engines)
            await asyncio.gather(*checks, return_exceptions=True)

    async def _is_well(self, engine: PoolMember) -> bool:
        """Checks the engine's health. Concurrent callers share one check."""
        if engine.checking is None:
            engine.checking = asyncio.create_task(self._check(engine))
        return await asyncio.shield(engine.checking)

    async def _check(self, engine: PoolMember) -> bool:
        try:
            health = await health_of(engine.target, self._client, seconds=_CHECK_PATIENCE_SECONDS)
        finally:
            engine.checking = None
        engine.behind = health.behind or 0.0
        if health.problem:
            if engine.breaker.state is CircuitState.CLOSED:
                log.warning(
                    "engine is not healthy", engine=engine.target.name, reason=health.problem
                )
            engine.failed_checks += 1
            if engine.failed_checks >= _CHECKS_FAILED and engine.file is not None:
                engine.file.lose()
            engine.breaker.failed(self._clock.monotonic())
            return False
        engine.failed_checks = 0
        if engine.breaker.state is not CircuitState.CLOSED:
            log.info("engine is healthy again", engine=engine.target.name)
            engine.breaker.succeeded()
        return True


def _is_fault(error: AldeaError) -> bool:
    """Whether *error* is the engine's fault."""
    match error:
        case EngineBusy():
            return False
        case EngineUnavailable():
            return True
        case EngineRefused():
            return error.status >= 500
        case _:
            return False
