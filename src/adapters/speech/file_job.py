"""A worker's job for one file."""

import hashlib
import tempfile

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, final

from typing_extensions import override

from adapters.speech import worker_messages
from adapters.speech.channels import RecogniserChannels
from adapters.speech.decoded_file import DecodedFile
from adapters.speech.job import WorkerJob
from adapters.speech.languages import SpokenWindow, most_spoken
from adapters.speech.length_limit import too_long
from adapters.speech.live_audio import Block, RawAudio
from adapters.speech.recogniser import SAMPLE_RATE, Recogniser
from adapters.speech.results import PendingResult
from adapters.speech.sandbox import Sandbox
from adapters.speech.text import over_borders
from adapters.speech.warnings import warnings_of
from aldea_core.domain.errors import EmptyAudio, EngineUnavailable
from aldea_core.domain.transcripts.options import FileOptions
from aldea_core.domain.transcripts.scripts import text_of
from aldea_core.domain.transcripts.transcripts import (
    Alternative,
    DetectedLanguage,
    FileTranscript,
    Result,
)


# Reported if a file cannot be written to disk, with the seconds after which to retry.
DISK = "speech engine's disk"
RETRY_SECONDS = 30


@final
class FileJob(WorkerJob):
    """
    Transcribes one file.

    Args:
        sandbox: Decodes the file, unless its audio is raw.
        wake: Called from another thread when the job has work again.
    """

    def __init__(
        self,
        recogniser: Recogniser,
        options: FileOptions,
        max_seconds: float,
        sandbox: Sandbox,
        wake: Callable[[], None],
    ) -> None:
        self._recogniser = recogniser
        self._sandbox = sandbox
        self._wake = wake
        self._options = options
        self._max_seconds = max_seconds
        self._channels = RecogniserChannels(recogniser, options)
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (`close` does)
        self._decoded: DecodedFile | None = None
        self._hash = hashlib.sha256()
        self._work: Iterator[Any] | None = None
        # Results of windows that are being recognised, the oldest first.
        self._pending: deque[PendingResult] = deque()
        self._finals: dict[int, list[Result]] = {}
        # Windows with words, by channel.
        self._spoken: dict[int, list[SpokenWindow]] = {}
        self._has_read = False
        self._over = False

    @property
    @override
    def has_work(self) -> bool:
        if self._work is None:
            return False
        if self._has_read or len(self._pending) >= self._recogniser.file_windows:
            # No more may be read before the oldest window is recognised.
            return not self._pending or self._pending[0].is_done
        return self._decoded is None or self._decoded.is_ready

    @property
    @override
    def is_over(self) -> bool:
        return self._over

    @override
    def take(self, message: Any) -> None:
        match message:
            case worker_messages.Audio(data=data):
                self._hash.update(data)
                self._keep(data)
            case worker_messages.Finish():
                self._work = self._transcribe()
            case _:
                pass

    def _keep(self, data: bytes) -> None:
        try:
            self._file.write(data)
            self._file.flush()
        except OSError as error:
            raise EngineUnavailable(DISK, retry_after=RETRY_SECONDS) from error

    @override
    def step(self) -> Iterator[Any]:
        if self._work is not None:
            answer = next(self._work)
            if answer is not None:
                self._over = True
                yield answer

    def _transcribe(self) -> Iterator[FileTranscript | None]:
        """Yields None after each step, and the transcript at the end."""
        for block in self._blocks():
            if block is not None:
                yield from self._keep_finals(self._channels.feed(block.samples, block.rate))
            if self._channels.seconds > self._max_seconds:
                raise too_long(self._max_seconds)
            yield None
        yield from self._keep_finals(self._channels.finish())
        self._has_read = True
        while self._pending:
            self._collect()
            yield None
        if not self._channels.blocks:
            raise EmptyAudio("It contains no audio.")
        channels = [self._finals.get(n, []) for n in range(self._channels.count)]
        yield FileTranscript(
            tuple(_joined(results) for results in channels),
            self._channels.seconds,
            self._hash.hexdigest(),
            self._recogniser.model,
            tuple(self._language(n) for n in range(self._channels.count)),
            warnings=(
                *warnings_of(self._options, self._recogniser.ignored, self._recogniser.languages),
                *(self._decoded.damage.warnings if self._decoded is not None else ()),
            ),
        )

    def _keep_finals(self, events: Iterator[Any]) -> Iterator[None]:
        """Yields where the file must wait for a window, or others may have their turn."""
        for event in events:
            if isinstance(event, PendingResult):
                self._pending.append(event)
                if len(self._pending) >= self._recogniser.file_windows:
                    yield None
                self._collect()

    def _collect(self) -> None:
        """Takes the results of the windows that are done, in order."""
        while self._pending and self._pending[0].is_done:
            pending = self._pending.popleft()
            result = pending.result()
            self._finals.setdefault(result.channel, []).append(result)
            if result.alternative.words:
                recognised = pending.recognition.result()
                spoken = SpokenWindow(
                    recognised.language, recognised.language_confidence, len(recognised.words)
                )
                self._spoken.setdefault(result.channel, []).append(spoken)

    def _language(self, channel: int) -> DetectedLanguage:
        return most_spoken(self._spoken.get(channel, ()), self._options.named_language)

    def _blocks(self) -> Iterator[Block | None]:
        """Yields blocks of samples, and once None before the decoder has produced any."""
        raw = self._options.raw
        if not self._file.tell():
            raise EmptyAudio("It contains no audio.")
        if raw is None:
            self._decoded = DecodedFile(
                self._sandbox,
                self._file.fileno(),
                multichannel=self._options.multichannel,
                max_seconds=self._max_seconds,
                wake=self._wake,
            )
            yield None
            while (samples := self._decoded.take()) is not None:
                yield Block(samples, SAMPLE_RATE)
            return
        self._file.seek(0)
        audio = RawAudio(raw)
        while data := self._file.read(raw.bytes_per_second):
            yield from audio.feed(data)

    @override
    def close(self) -> None:
        for pending in self._pending:
            pending.recognition.cancel()
        if self._decoded is not None:
            self._decoded.close()
        self._channels.close()
        self._file.close()


def _joined(results: list[Result]) -> Alternative:
    words = tuple(over_borders(result.alternative.words for result in results))
    confidence = sum(word.confidence for word in words) / len(words) if words else 0.0
    return Alternative(text_of(word.written for word in words), confidence, words)
