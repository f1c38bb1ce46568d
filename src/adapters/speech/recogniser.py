"""What a recogniser must be able to do: hear words in 16 kHz mono linear16."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

import attrs

from aldea_core.domain.transcripts.transcripts import Model


SAMPLE_RATE = 16_000


@attrs.frozen
class RecognisedWord:
    """A word as it was heard, lower case, in seconds from the start of the samples."""

    word: str
    start: float
    end: float
    confidence: float


class Partial(Protocol):
    """Listens along while somebody is still speaking."""

    @abstractmethod
    def feed(self, pcm: bytes) -> None: ...

    @abstractmethod
    def words(self) -> Sequence[RecognisedWord]:
        """What it makes of it so far."""
        ...

    @abstractmethod
    def close(self) -> None:
        """Gives back what it holds."""
        ...


class Recogniser(Protocol):
    """
    Hears words.

    - *recognise* depends on its samples alone, not on what was heard before.
    """

    model: Model
    # Language tags it understands, in lower case, without regions.
    languages: frozenset[str]

    @abstractmethod
    def recognise(self, pcm: bytes, language: str) -> Sequence[RecognisedWord]: ...

    @abstractmethod
    def listen(self, language: str) -> Partial: ...
