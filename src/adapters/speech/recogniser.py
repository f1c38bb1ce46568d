"""The interface of a recogniser: recognises words in 16 kHz mono linear16."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

import attrs

from aldea_core.domain.transcripts.transcripts import Model


SAMPLE_RATE = 16_000


@attrs.frozen
class RecognisedWord:
    """A recognised word in lower case. Times are seconds from the start of the samples."""

    word: str
    start: float
    end: float
    confidence: float


class Partial(Protocol):
    """Recognises an utterance while it is being spoken, for interim results."""

    @abstractmethod
    def feed(self, pcm: bytes) -> None: ...

    @abstractmethod
    def words(self) -> Sequence[RecognisedWord]:
        """The words recognised so far."""
        ...

    @abstractmethod
    def close(self) -> None:
        """Releases the recogniser's resources."""
        ...


class Recogniser(Protocol):
    """
    Recognises words.

    `recognise` depends on its samples alone, not on samples recognised before.
    """

    model: Model
    # Supported language tags, in lower case, without regions.
    languages: frozenset[str]
    # Whether words come with punctuation and capitals.
    writes_punctuation: bool = False

    @abstractmethod
    def recognise(self, pcm: bytes, language: str) -> Sequence[RecognisedWord]: ...

    @abstractmethod
    def listen(self, language: str) -> Partial: ...
