"""The speech engine: a pool of workers behind the engine ports."""

import asyncio

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from typing import Any, final
from weakref import WeakSet

import structlog

from typing_extensions import override

from adapters.speech import worker_messages
from adapters.speech.length_limit import too_long
from adapters.speech.worker_process import WorkerProcess
from adapters.speech.worker_stream import WorkerStream
from aldea_core.domain.errors import (
    EmptyAudio,
    EngineBusy,
    EngineLost,
    EngineRefused,
    EngineUnavailable,
)
from aldea_core.domain.transcripts.options import (
    FileRequest,
    LiveRequest,
    TranscriptionOptions,
)
from aldea_core.domain.transcripts.transcripts import FileTranscript, Model
from aldea_core.ports.clock import Clock
from aldea_core.ports.engines import FileAnswer, FileEngine, LiveEngine, LiveStream
from aldea_core.protocol.deepgram import file_answer


log = structlog.get_logger()

_RESTART_SECONDS = 0.5
_MEASURE_SECONDS = 1.0
# A worker that has left as many measurements unanswered hangs. PocketSphinx recognises an utterance
# of some seconds before it answers.
_MOST_UNANSWERED = 60
# Final results later than this, in seconds, mean that an engine with half of its sessions or more
# does not keep pace: it takes no further session until it does.
_MOST_LAG = 2.0


@final
class SpeechEngine(FileEngine, LiveEngine):
    """
    Runs a recogniser in several worker processes.

    Args:
        recogniser: `module:Class` of the recogniser. Each worker creates one with *options*.
        languages: Supported languages; others are refused. None: those its workers know.
        workers: Number of processes.
        capacity: Concurrent streams and files of all workers; None: what they measured at their start.
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
        capacity: int | None,
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
        self._keepers.append(asyncio.create_task(self._measure()))

    async def close(self) -> None:
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*(worker.close() for worker in self._workers))

    @property
    def model(self) -> Model:
        return self._model

    @property
    def device(self) -> str:
        """What its workers compute on: `cpu` or `cuda`."""
        return self._workers[0].ready.device if self._workers else "cpu"

    def load(self) -> tuple[int, int]:
        """Running streams and files, and the capacity: none while no worker is alive."""
        alive = [worker for worker in self._workers if worker.is_alive]
        measured = sum(worker.ready.capacity or 1 for worker in alive)
        capacity = measured if self._capacity is None or not alive else self._capacity
        return sum(worker.load for worker in alive), capacity

    def measures(self) -> Mapping[str, float]:
        """What the workers measured of their work, by name: sums, and the greatest lag."""
        sums: Counter[str] = Counter()
        for worker in self._workers:
            sums.update(worker.measured)
        lags = [worker.measured.get("lag", 0.0) for worker in self._workers]
        return {**sums, "lag": max(lags)} if sums else {}

    def behind(self) -> float:
        """Seconds for which the oldest live audio has waited to be recognised."""
        now = self._clock.monotonic()
        return max((stream.behind(now) for stream in self._streams), default=0.0)

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers, for monitoring."""
        return [worker.pid for worker in self._workers]

    async def _measure(self) -> None:
        while True:
            await asyncio.sleep(_MEASURE_SECONDS)
            for worker in self._workers:
                if worker.unanswered >= _MOST_UNANSWERED:
                    log.error("speech worker hangs", pid=worker.pid)
                    worker.kill()
                worker.measure()

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
        is_late = 2 * busy >= capacity and self._lag() > _MOST_LAG
        if busy >= capacity or is_late or not alive:
            raise EngineBusy(retry_after=2)
        return min(alive, key=lambda worker: worker.load)

    def _lag(self) -> float:
        """
        For how long results are due. Also audio waits that no thread has looked at yet, which no
        worker can measure.
        """
        measures = self.measures()
        return max(measures["lag"], self.behind()) if "lag" in measures else 0.0

    def _check(self, options: TranscriptionOptions) -> None:
        languages = self._languages
        if languages is None:
            # Unknown before a worker has loaded the model.
            languages = next(
                (it.ready.languages for it in self._workers if it.ready.languages), None
            )
        if languages is None:
            return
        known = ", ".join(sorted(languages))
        if _code(options.language) not in languages:
            raise EngineRefused(
                400, f"The parameter language must be one of {known}: this engine has no other."
            )
        candidates = {_code(candidate) for candidate in options.language_candidates}
        if candidates and not candidates & languages:
            raise EngineRefused(
                400,
                f"The parameter detect_language must name some of {known}: this engine has no other.",
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
                raise EmptyAudio("It contains no audio.")
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


def _code(tag: str) -> str:
    """The language of a tag such as en-US."""
    code = tag.lower().partition("-")[0]
    return "auto" if code == "multi" else code
