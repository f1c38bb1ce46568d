"""What a worker does for one file."""

import hashlib
import tempfile

from collections.abc import Iterator
from typing import Any

from adapters.speech import wire
from adapters.speech.channels import RecogniserChannels
from adapters.speech.decoding import decoded
from adapters.speech.recogniser import SAMPLE_RATE, Recogniser
from adapters.speech.samples import Samples, read
from aldea_core.domain.errors import EmptyAudio, TooLarge
from aldea_core.domain.listening import FileListening, Listening
from aldea_core.domain.transcripts import Alternative, FileTranscript, Result


_SLICE_SECONDS = 0.5
_SPOOL_BYTES = 4 * 2**20


def warnings_of(listening: Listening) -> tuple[str, ...]:
    """What was asked for and cannot be done here."""
    asked = {
        "diarize": listening.diarize,
        "keywords": bool(listening.keywords),
        "detect_language": listening.detect_language,
    }
    warnings = [
        f"{name} is not supported by this engine." for name, wanted in asked.items() if wanted
    ]
    if "pii" in listening.redact:
        warnings.append("redact=pii hides numbers only: this engine knows no names.")
    return tuple(warnings)


class FileJob:
    def __init__(
        self, recogniser: Recogniser, listening: FileListening, max_seconds: float
    ) -> None:
        self._recogniser = recogniser
        self._listening = listening
        self._max_seconds = max_seconds
        self._channels = RecogniserChannels(recogniser, listening)
        self._file = tempfile.SpooledTemporaryFile(_SPOOL_BYTES)  # noqa: SIM115 (`close` does)
        self._hash = hashlib.sha256()
        self._work: Iterator[Any] | None = None
        self._heard: dict[int, list[Result]] = {}
        self._over = False

    @property
    def has_work(self) -> bool:
        return self._work is not None

    @property
    def is_over(self) -> bool:
        return self._over

    def take(self, message: Any) -> None:
        match message:
            case wire.Audio(data=data):
                self._hash.update(data)
                self._file.write(data)
            case wire.Finish():
                self._work = self._listen()
            case _:
                pass

    def step(self) -> Iterator[Any]:
        if self._work is not None:
            answer = next(self._work)
            if answer is not None:
                self._over = True
                yield answer

    def _listen(self) -> Iterator[FileTranscript | None]:
        """Yields None after each step, and the transcript at last."""
        if self._listening.raw is not None:
            self._check_length(self._listening.raw.seconds(self._file.tell()))
        for samples, rate in self._samples():
            self._hear(self._channels.feed(samples, rate))
            self._check_length(self._channels.seconds)
            yield None
        self._hear(self._channels.finish())
        if not self._channels.blocks:
            raise EmptyAudio("There is no audio in it.")
        channels = [self._heard.get(n, []) for n in range(self._channels.count)]
        yield FileTranscript(
            tuple(_together(results) for results in channels),
            self._channels.seconds,
            self._hash.hexdigest(),
            self._recogniser.model,
            language="en",
            warnings=warnings_of(self._listening),
        )

    def _check_length(self, seconds: float) -> None:
        if seconds > self._max_seconds:
            raise TooLarge(
                f"The audio is longer than max_file_seconds allows: {self._max_seconds:g} seconds.",
            )

    def _hear(self, events: Iterator[Any]) -> None:
        for event in events:
            if isinstance(event, Result) and event.is_final:
                self._heard.setdefault(event.channel, []).append(event)

    def _samples(self) -> Iterator[tuple[Samples, int]]:
        raw = self._listening.raw
        if not self._file.tell():
            raise EmptyAudio("There is no audio in it.")
        self._file.seek(0)
        if raw is None:
            for samples in decoded(self._file, multichannel=self._listening.multichannel):
                yield samples, SAMPLE_RATE
            return
        size = max(1, round(raw.sample_rate * _SLICE_SECONDS)) * raw.block_bytes
        while data := self._file.read(size):
            yield read(data[: len(data) - len(data) % raw.block_bytes], raw), raw.sample_rate

    def close(self) -> None:
        self._channels.close()
        self._file.close()


def _together(results: list[Result]) -> Alternative:
    words = tuple(word for result in results for word in result.alternative.words)
    texts = [result.alternative.transcript for result in results]
    confidence = sum(word.confidence for word in words) / len(words) if words else 0.0
    return Alternative(" ".join(text for text in texts if text), confidence, words)
