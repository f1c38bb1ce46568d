"""The speech engine: a pool of workers behind the engine ports."""

import asyncio

from collections import deque
from collections.abc import AsyncIterator, Mapping
from typing import Any, final
from weakref import WeakSet

import structlog

from typing_extensions import override

from adapters.speech import worker_messages
from adapters.speech.lengths import too_long
from adapters.speech.process import Mailbox, WorkerProcess
from aldea_core.domain.errors import (
    EmptyAudio,
    EngineBusy,
    EngineLost,
    EngineRefused,
    EngineUnavailable,
    UndecodableAudio,
)
from aldea_core.domain.transcripts.options import (
    FileRequest,
    LiveOptions,
    LiveRequest,
    TranscriptionOptions,
)
from aldea_core.domain.transcripts.transcripts import FileTranscript, LiveEvent, Model, Summary
from aldea_core.ports.clock import Clock
from aldea_core.ports.engines import FileAnswer, FileEngine, LiveEngine, LiveStream
from aldea_core.protocol.deepgram import file_answer


log = structlog.get_logger()

# Bytes a worker may be behind before `send` waits.
_BEHIND_BYTES = 256 * 1024
_RESTART_SECONDS = 0.5


@final
class SpeechEngine(FileEngine, LiveEngine):
    """
    Runs a recogniser in several worker processes.

    Args:
        recogniser: `module:Class` of the recogniser. Each worker creates one with *options*.
        languages: Supported languages; others are refused. None accepts all.
        workers: Number of processes.
        capacity: Concurrent streams and files of all workers.
        max_file_seconds: Longest file, in seconds of audio.
    """

    def __init__(
        self,
        recogniser: str,
        options: Mapping[str, Any],
        *,
        model: Model,
        languages: frozenset[str] | None,
        workers: int,
        capacity: int,
        max_file_seconds: float,
        clock: Clock,
    ) -> None:
        self._recogniser = recogniser
        self._options = options
        self._model = model
        self._languages = languages
        self._count = workers
        self._capacity = capacity
        self._max_file_seconds = max_file_seconds
        self._clock = clock
        self._workers: list[WorkerProcess] = []
        self._keepers: list[asyncio.Task[None]] = []
        self._streams: WeakSet[WorkerStream] = WeakSet()

    async def start(self) -> None:
        """
        Starts the workers and waits until their models are loaded.

        Raises:
            EngineLost: A worker ended while starting.
        """
        self._workers = list(
            await asyncio.gather(
                *(WorkerProcess.start(self._recogniser, self._options) for _ in range(self._count)),
            ),
        )
        self._keepers = [asyncio.create_task(self._keep(worker)) for worker in self._workers]

    async def close(self) -> None:
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*(worker.close() for worker in self._workers))

    def load(self) -> tuple[int, int]:
        """Running streams and files, and the capacity."""
        return sum(worker.load for worker in self._workers), self._capacity

    def behind(self) -> float:
        """Seconds for which the oldest live audio has waited to be recognised."""
        now = self._clock.monotonic()
        return max((stream.behind(now) for stream in self._streams), default=0.0)

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers, for monitoring."""
        return [worker.pid for worker in self._workers]

    async def _keep(self, worker: WorkerProcess) -> None:
        """Replaces a worker when its process dies."""
        while True:
            await worker.wait()
            log.warning("speech worker died", pid=worker.pid)
            self._workers.remove(worker)
            while True:
                await asyncio.sleep(_RESTART_SECONDS)
                try:
                    worker = await WorkerProcess.start(self._recogniser, self._options)
                    break
                except (EngineLost, OSError):  # it dies, or the machine has no room for it
                    log.exception("speech worker does not start")
            self._workers.append(worker)

    def _free_worker(self) -> WorkerProcess:
        busy, capacity = self.load()
        alive = [worker for worker in self._workers if worker.is_alive]
        if busy >= capacity or not alive:
            raise EngineBusy(retry_after=2)
        return min(alive, key=lambda worker: worker.load)

    def _check(self, options: TranscriptionOptions) -> None:
        language = options.language.lower().partition("-")[0]
        if self._languages is not None and language not in self._languages:
            known = ", ".join(sorted(self._languages))
            raise EngineRefused(
                400,
                f"The parameter language must be one of {known}: this engine knows no other.",
            )

    @override
    async def transcribe(self, request: FileRequest, body: AsyncIterator[bytes]) -> FileAnswer:
        self._check(request.options)
        created = self._clock.now()
        worker = self._free_worker()
        number, mailbox = worker.open(
            worker_messages.OpenFile(request.options, self._max_file_seconds)
        )
        try:
            size, raw = 0, request.options.raw
            async for chunk in body:
                size += len(chunk)
                if raw is not None and raw.seconds(size) > self._max_file_seconds:
                    raise too_long(self._max_file_seconds)
                await worker.say(number, worker_messages.Audio(chunk))
                if not mailbox.empty():
                    break  # it failed already
            if not size:
                raise EmptyAudio("There is no audio in it.")
            await worker.say(number, worker_messages.Finish())
            transcript = await mailbox.get()
        finally:
            worker.drop(number)
        if isinstance(transcript, worker_messages.Failed):
            raise transcript.error
        if isinstance(transcript, worker_messages.NoRoom):
            raise EngineUnavailable(transcript.what, retry_after=transcript.retry_after)
        assert isinstance(transcript, FileTranscript)
        return FileAnswer(
            file_answer.encode(transcript, request, created),
            round(transcript.duration * 1000),
            len(transcript.channels),
            transcript.model.name,
        )

    @override
    async def open(self, request: LiveRequest) -> LiveStream:
        self._check(request.options)
        worker = self._free_worker()
        number, mailbox = worker.open(worker_messages.OpenLive(request.options))
        stream = WorkerStream(worker, number, mailbox, self._model, self._clock)
        self._streams.add(stream)
        return stream


@final
class WorkerStream(LiveStream):
    """A live stream in a worker."""

    def __init__(
        self,
        worker: WorkerProcess,
        number: int,
        mailbox: Mailbox,
        model: Model,
        clock: Clock,
    ) -> None:
        self._worker = worker
        self._number = number
        self._mailbox = mailbox
        self._model = model
        self._clock = clock
        self._sent = self._took = 0  # bytes
        # For audio not taken yet: when it was sent, and the total bytes sent by then.
        self._waiting: deque[tuple[float, int]] = deque()
        self._caught_up = asyncio.Event()
        self._caught_up.set()
        self._events: asyncio.Queue[LiveEvent | worker_messages.Failed] = asyncio.Queue()
        self._sorting = asyncio.create_task(self._sort())
        self._is_over = False

    @property
    @override
    def model(self) -> Model:
        return self._model

    def behind(self, now: float) -> float:
        """Seconds for which the oldest audio has waited to be recognised."""
        return now - self._waiting[0][0] if self._waiting and not self._is_over else 0.0

    async def _sort(self) -> None:
        """
        Separates flow control messages, which are for `send`, from
        events, which are for `receive`.
        """
        while True:
            message = await self._mailbox.get()
            if isinstance(message, worker_messages.Took):
                self._took += message.size
                while self._waiting and self._waiting[0][1] <= self._took:
                    self._waiting.popleft()
                if self._sent - self._took <= _BEHIND_BYTES:
                    self._caught_up.set()
                continue
            self._events.put_nowait(message)
            if isinstance(message, worker_messages.Failed):
                self._is_over = True
                self._caught_up.set()
                return

    @override
    async def send(self, audio: bytes) -> None:
        await self._caught_up.wait()
        if self._is_over:
            raise EngineLost
        self._sent += len(audio)
        self._waiting.append((self._clock.monotonic(), self._sent))
        if self._sent - self._took > _BEHIND_BYTES:
            self._caught_up.clear()
        await self._worker.say(self._number, worker_messages.Audio(audio))

    @override
    async def finalize(self, channel: int | None = None) -> None:
        await self._worker.say(self._number, worker_messages.Finalize(channel))

    @override
    async def configure(self, options: LiveOptions) -> None:
        await self._worker.say(self._number, worker_messages.Configure(options))

    @override
    async def finish(self) -> None:
        await self._worker.say(self._number, worker_messages.Finish())

    @override
    async def receive(self) -> LiveEvent | None:
        if self._is_over and self._events.empty():
            return None
        event = await self._events.get()
        if isinstance(event, worker_messages.Failed):
            # For a live stream, empty audio and noise cannot be distinguished.
            raise (
                UndecodableAudio(str(event.error))
                if isinstance(event.error, EmptyAudio)
                else event.error
            )
        if isinstance(event, Summary):
            self._is_over = True
        return event

    @override
    async def abort(self) -> None:
        self._sorting.cancel()
        self._is_over = True
        self._worker.drop(self._number)
