"""
What a worker does for one stream or file, in steps short enough for others to have their turn.

A step hears a fraction of a second, unless an utterance ends in it and is recognised as a whole.
"""

import hashlib
import tempfile

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from adapters.speech import wire
from adapters.speech.decoding import decoded
from adapters.speech.ear import Ear
from adapters.speech.pipes import ContainerReader
from adapters.speech.recogniser import SAMPLE_RATE, Recogniser
from adapters.speech.samples import Samples, mixed, read
from aldea_core.domain.errors import EmptyAudio, TooLarge
from aldea_core.domain.listening import FileListening, Listening, LiveListening
from aldea_core.domain.transcripts import Alternative, FileTranscript, LiveEvent, Result, Summary


_SLICE_SECONDS = 0.5
_SPOOL_BYTES = 4 * 2**20


class Job(Protocol):
    def take(self, message: Any) -> None:
        """Keeps what was said to it for later steps."""
        ...

    def step(self) -> Iterator[Any]:
        """Does a little, and yields what is to be answered."""
        ...

    @property
    def has_work(self) -> bool: ...

    @property
    def is_over(self) -> bool: ...

    def close(self) -> None: ...


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


class _Ears:
    """One ear a channel, made when the number of channels is known."""

    def __init__(self, recogniser: Recogniser, listening: Listening) -> None:
        self._recogniser = recogniser
        self._listening = listening
        self._ears: list[Ear] = []
        self.blocks = 0
        self.rate = SAMPLE_RATE

    @property
    def count(self) -> int:
        return max(1, len(self._ears))

    @property
    def seconds(self) -> float:
        return self.blocks / self.rate

    def feed(self, samples: Samples, rate: int) -> Iterator[Any]:
        if not self._listening.multichannel:
            samples = mixed(samples)
        if not self._ears:
            self.rate = rate
            channels = samples.shape[1]
            self._ears = [
                Ear(self._recogniser, rate, self._listening, channel=n, channels=channels)
                for n in range(channels)
            ]
        self.blocks += len(samples)
        for n, ear in enumerate(self._ears):
            yield from ear.feed(samples[:, n])

    def _any(self) -> list[Ear]:
        """Without audio yet there is one, which has heard nothing."""
        return self._ears or [Ear(self._recogniser, self.rate, self._listening)]

    def finalize(self, channel: int | None) -> Iterator[Any]:
        ears = self._any()
        for ear in ears if channel is None else [ears[min(channel, len(ears) - 1)]]:
            yield from ear.finalize()

    def finish(self) -> Iterator[Any]:
        for ear in self._any():
            yield from ear.finish()

    def configure(self, listening: Listening) -> None:
        self._listening = listening
        for ear in self._ears:
            ear.configure(listening)

    def close(self) -> None:
        for ear in self._ears:
            ear.close()


class LiveJob:
    """
    Args:
        wake: Called, from another thread, when there is work again.
    """

    def __init__(
        self,
        recogniser: Recogniser,
        listening: LiveListening,
        wake: Callable[[], None],
    ) -> None:
        self._recogniser = recogniser
        self._raw = listening.raw
        self._ears = _Ears(recogniser, listening)
        self._inbox: deque[Any] = deque()
        self._rest = b""
        self._reader: ContainerReader | None = None
        if self._raw is None:
            self._reader = ContainerReader(multichannel=listening.multichannel, wake=wake)
        self._hash = hashlib.sha256()
        self._over = False
        self._finishing = False

    @property
    def has_work(self) -> bool:
        if self._reader is None:
            return bool(self._inbox)
        if self._finishing:
            return self._reader.has_samples or self._reader.is_done
        return self._reader.has_samples or (bool(self._inbox) and not self._reader.is_behind)

    @property
    def is_over(self) -> bool:
        return self._over

    def take(self, message: Any) -> None:
        match message:
            case wire.Audio(data=data) if self._raw is not None:
                step = max(1, round(self._raw.bytes_per_second * _SLICE_SECONDS))
                self._inbox += [wire.Audio(data[n : n + step]) for n in range(0, len(data), step)]
            case _:
                self._inbox.append(message)

    def step(self) -> Iterator[Any]:
        if self._reader is not None and self._reader.has_samples:
            samples = self._reader.take()
            yield from self._ears.feed(samples, SAMPLE_RATE)
            return
        if not self._inbox:
            return
        match self._inbox.popleft():
            case wire.Audio(data=data):
                self._hash.update(data)
                yield from self._audio(data)
                yield wire.Took(len(data))
            case wire.Finalize(channel=channel):
                yield from self._ears.finalize(channel)
            case wire.Configure(listening=listening):
                self._ears.configure(listening)
            case wire.Finish():
                yield from self._finish()
            case _:
                pass

    def _audio(self, data: bytes) -> Iterator[LiveEvent]:
        if self._reader is not None:
            self._reader.feed(data)
        elif self._raw is not None:
            data = self._rest + data
            whole = len(data) - len(data) % self._raw.block_bytes
            self._rest = data[whole:]
            yield from self._ears.feed(read(data[:whole], self._raw), self._raw.sample_rate)

    def _finish(self) -> Iterator[LiveEvent]:
        if self._reader is not None and not self._finishing:
            self._finishing = True
            self._reader.finish()
            # What is decoded by then is heard first.
            self._inbox.append(wire.Finish())
            return
        yield from self._ears.finish()
        self._over = True
        yield Summary(
            self._ears.seconds,
            self._hash.hexdigest(),
            self._recogniser.model,
            self._ears.count,
        )

    def close(self) -> None:
        self._ears.close()
        if self._reader is not None:
            self._reader.close()


class FileJob:
    def __init__(
        self, recogniser: Recogniser, listening: FileListening, max_seconds: float
    ) -> None:
        self._recogniser = recogniser
        self._listening = listening
        self._max_seconds = max_seconds
        self._ears = _Ears(recogniser, listening)
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
            self._hear(self._ears.feed(samples, rate))
            self._check_length(self._ears.seconds)
            yield None
        self._hear(self._ears.finish())
        if not self._ears.blocks:
            raise EmptyAudio("There is no audio in it.")
        channels = [self._heard.get(n, []) for n in range(self._ears.count)]
        yield FileTranscript(
            tuple(_together(results) for results in channels),
            self._ears.seconds,
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
        self._ears.close()
        self._file.close()


def _together(results: list[Result]) -> Alternative:
    words = tuple(word for result in results for word in result.alternative.words)
    texts = [result.alternative.transcript for result in results]
    confidence = sum(word.confidence for word in words) / len(words) if words else 0.0
    return Alternative(" ".join(text for text in texts if text), confidence, words)
