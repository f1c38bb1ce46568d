"""
What was heard: words with times, the transcript of a file, and the events of a live stream.

All times are seconds from the start of the audio that was sent, never of the wall clock.
"""

from typing import NamedTuple

import attrs


@attrs.frozen
class Word:
    """One word, where it is, and how sure the engine is of it (0 to 1)."""

    word: str
    start: float
    end: float
    confidence: float
    punctuated_word: str | None = None
    speaker: int | None = None
    language: str | None = None

    @property
    def written(self) -> str:
        """As it stands in a transcript."""
        return self.word if self.punctuated_word is None else self.punctuated_word


@attrs.frozen
class Alternative:
    """One reading of a stretch of one channel."""

    transcript: str = ""
    confidence: float = 0.0
    words: tuple[Word, ...] = ()


@attrs.frozen
class Model:
    """The model that listened. *uuid* identifies this version of it."""

    name: str
    version: str
    arch: str
    uuid: str


@attrs.frozen
class FileTranscript:
    """
    What a file says.

    Attributes:
        channels: One reading for each channel that was transcribed.
        duration: Seconds of audio, as measured by decoding it.
        sha256: Of the bytes as they came, in hex.
        warnings: What was asked for and could not be done.
    """

    channels: tuple[Alternative, ...]
    duration: float
    sha256: str
    model: Model
    language: str | None = None
    warnings: tuple[str, ...] = ()


@attrs.frozen
class Result:
    """What is heard in one span of one channel of a live stream; final once *is_final*."""

    start: float
    duration: float
    alternative: Alternative
    channel: int = 0
    channels: int = 1
    is_final: bool = False
    speech_final: bool = False
    from_finalize: bool = False

    @property
    def end(self) -> float:
        return self.start + self.duration


class ResultHead(NamedTuple):
    """
    A result but for what was heard: which span of which channel it is of, and what it ends.

    A tuple, since one is made for each result of each stream.
    """

    start: float
    duration: float
    channel: int
    channels: int
    is_final: bool
    from_finalize: bool

    @property
    def end(self) -> float:
        return self.start + self.duration


@attrs.frozen
class SpeechStarted:
    """Somebody began to speak after silence."""

    timestamp: float
    channel: int = 0
    channels: int = 1


@attrs.frozen
class UtteranceEnd:
    """No further word for as long as `utterance_end_ms` asked."""

    last_word_end: float
    channel: int = 0
    channels: int = 1


@attrs.frozen
class Summary:
    """The last thing a live stream says of itself, once all audio has been heard."""

    duration: float
    sha256: str
    model: Model
    channels: int = 1


LiveEvent = Result | SpeechStarted | UtteranceEnd | Summary
