"""The interface of a recogniser: recognises words in 16 kHz mono linear16."""

import enum
import re

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, final

import attrs

from typing_extensions import override

from adapters.speech.bounds import SegmentBounds
from aldea_core.domain.transcripts.options import TranscriptionOptions
from aldea_core.domain.transcripts.transcripts import Model


SAMPLE_RATE = 16_000
_INTENSIFIER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


@attrs.frozen
class RecognisedWord:
    """
    A recognised word as the recogniser writes it: Whisper with capitals and punctuation,
    PocketSphinx without. Times are seconds from the start of the samples.
    """

    word: str
    start: float
    end: float
    confidence: float


@attrs.frozen
class Recognised:
    """
    The words of a window.

    Attributes:
        language: The language recognised, as an ISO 639-1 code.
        language_confidence: How sure its detection is; None if it was not detected.
    """

    words: Sequence[RecognisedWord] = ()
    language: str = "en"
    language_confidence: float | None = None


@attrs.frozen
class Task:
    """
    What to listen for.

    Attributes:
        language: Its tag, or `auto`: it is detected in each window.
        candidates: Languages among which it is detected; none means all.
        keyterms: Words and phrases that are likely.
    """

    language: str = "en"
    candidates: tuple[str, ...] = ()
    keyterms: tuple[str, ...] = ()

    @classmethod
    def of(cls, options: TranscriptionOptions) -> "Task":
        return cls(
            options.named_language or "auto",
            options.language_candidates,
            (*options.keyterm, *(_without_intensifier(word) for word in options.keywords)),
        )


def _without_intensifier(keyword: str) -> str:
    """Of "name:2" the name."""
    word, _, intensifier = keyword.rpartition(":")
    return word if word and _INTENSIFIER.fullmatch(intensifier) else keyword


class Urgency(enum.IntEnum):
    """
    The order of work: the least first.

    FINAL: A final result that is due.
    EARLY: A final result of an utterance that seems to be over.
    INTERIM: An interim result.
    FILE: A window of a file.
    """

    FINAL = 0
    EARLY = 1
    INTERIM = 2
    FILE = 3


class Recognition(Protocol):
    """A window that is being recognised, possibly in another thread."""

    @property
    @abstractmethod
    def is_done(self) -> bool: ...

    @abstractmethod
    def result(self) -> Recognised:
        """What was recognised, once `is_done`. Raises the recogniser's error, if it failed."""
        ...

    @abstractmethod
    def expedite(self) -> None:
        """The final result is due now: EARLY becomes FINAL."""
        ...

    @abstractmethod
    def cancel(self) -> None:
        """The result is wanted no longer."""
        ...


@final
class Done(Recognition):
    """A recognition that was done by the time it was asked for."""

    def __init__(self, words: Sequence[RecognisedWord] = ()) -> None:
        self._recognised = Recognised(words)

    @property
    @override
    def is_done(self) -> bool:
        return True

    @override
    def result(self) -> Recognised:
        return self._recognised

    @override
    def expedite(self) -> None:
        pass

    @override
    def cancel(self) -> None:
        pass


@attrs.frozen
class Hypothesis:
    """What the first *size* bytes are of an utterance that goes on."""

    recognised: Recognised
    size: int


class Partial(Protocol):
    """Recognises an utterance while it is being spoken, for interim results."""

    @abstractmethod
    def feed(self, pcm: bytes) -> None: ...

    @abstractmethod
    def ask(self) -> None:
        """Asks for a hypothesis of all samples so far. An older request is dropped."""
        ...

    @property
    @abstractmethod
    def is_ready(self) -> bool:
        """Whether `take` returns a hypothesis."""
        ...

    @abstractmethod
    def take(self) -> Hypothesis | None:
        """The newest hypothesis, if it was not taken yet."""
        ...

    @abstractmethod
    def close(self) -> None:
        """Releases the recogniser's resources."""
        ...


class Vad(Protocol):
    """Voice activity detection of one segment, from its beginning."""

    # Bytes of linear16 in a frame.
    frame_bytes: int

    @abstractmethod
    def probability(self, frame: bytes) -> float:
        """How likely the next frame is speech, from 0 to 1."""
        ...


class Recogniser(Protocol):
    """
    Recognises words.

    What `recognise` finds depends on its samples and its task alone: not on samples recognised
    before, nor on what is recognised at the same time.
    """

    model: Model
    # Supported language tags, in lower case, without regions. Empty: all.
    languages: frozenset[str]
    # What it computes on: cpu or cuda.
    device: str = "cpu"
    # Whether words come with punctuation and capitals.
    writes_punctuation: bool = False
    # Windows of a file that are recognised, or wait, at once.
    file_windows: int = 4
    # Options that have no effect.
    ignored: frozenset[str] = frozenset({"diarize", "keyterm", "keywords", "detect_language"})

    def start(self, wake: Callable[[], None]) -> int | None:
        """
        Called once, before all else. Returns how many sessions this machine keeps pace with, or
        None if that was not measured.

        Args:
            wake: To be called from any thread when a recognition or a hypothesis is done later.
        """
        return None

    @abstractmethod
    def vad(self) -> Vad: ...

    def live_bounds(self, pause_ms: int | None) -> SegmentBounds:
        """The bounds of segments of a live stream."""
        return SegmentBounds(pause_ms)

    def file_bounds(self) -> SegmentBounds:
        """The bounds of segments of a file."""
        return SegmentBounds()

    @abstractmethod
    def recognise(self, pcm: bytes, task: Task, urgency: Urgency) -> Recognition: ...

    @abstractmethod
    def listen(self, task: Task) -> Partial: ...

    def measures(self) -> Mapping[str, float]:
        """What is measured of the work done so far, by name."""
        return {}
