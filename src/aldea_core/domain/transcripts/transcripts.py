"""
Recognised words with times, the transcript of a file, and the events of a live stream.

All times are seconds from the start of the audio that was sent, never of the wall clock.
"""

from collections import Counter
from typing import NamedTuple

import attrs


@attrs.frozen
class Word:
    """One recognised word, its times, and the engine's confidence (0 to 1)."""

    word: str
    start: float
    end: float
    confidence: float
    punctuated_word: str | None = None
    speaker: int | None = None
    language: str | None = None

    @property
    def written(self) -> str:
        """The word as written in a transcript."""
        return self.word if self.punctuated_word is None else self.punctuated_word


@attrs.frozen
class Alternative:
    """One transcript hypothesis for a span of one channel."""

    transcript: str = ""
    confidence: float = 0.0
    words: tuple[Word, ...] = ()

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that were detected, that of most words first."""
        words = Counter(word.language for word in self.words if word.language is not None)
        return tuple(language for language, _ in words.most_common())


@attrs.frozen
class Model:
    """The model that the engine used. *uuid* identifies this version of it."""

    name: str
    version: str
    arch: str
    uuid: str


@attrs.frozen
class DetectedLanguage:
    """The language of most of a channel, and the engine's confidence (0 to 1) if it has one."""

    language: str
    confidence: float | None = None


@attrs.frozen
class FileTranscript:
    """
    The transcript of a file.

    Attributes:
        channels: One alternative for each channel that was transcribed.
        duration: Seconds of audio, measured by decoding it.
        sha256: Of the received bytes, in hex.
        languages: Of each channel, if the engine reports them.
        warnings: Requested options that could not be applied, and what was no audio.
    """

    channels: tuple[Alternative, ...]
    duration: float
    sha256: str
    model: Model
    languages: tuple[DetectedLanguage, ...] = ()
    warnings: tuple[str, ...] = ()


@attrs.frozen
class Result:
    """The recognised words in one span of one channel of a live stream; final if *is_final*."""

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
    A result without its words: its span, its channel, and its flags.

    A tuple for speed, because one is created for each result of each stream.
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
    """Speech began after silence."""

    timestamp: float
    channel: int = 0
    channels: int = 1


@attrs.frozen
class UtteranceEnd:
    """No further word came for the time requested by `utterance_end_ms`."""

    last_word_end: float
    channel: int = 0
    channels: int = 1


@attrs.frozen
class Summary:
    """
    The last event of a live stream, after all audio has been transcribed.

    Attributes:
        warnings: Requested options that could not be applied, and what was no audio.
    """

    duration: float
    sha256: str
    model: Model
    channels: int = 1
    warnings: tuple[str, ...] = ()


LiveEvent = Result | SpeechStarted | UtteranceEnd | Summary
