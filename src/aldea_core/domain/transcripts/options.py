"""Transcription options of one request, parsed."""

import enum

import attrs

from aldea_core.domain.ids import SessionId
from aldea_core.domain.transcripts.audio import RawFormat


# As language: it is to be detected. The second is what Deepgram calls it.
_DETECTED = {"auto", "multi"}


class RedactMode(enum.StrEnum):
    """The replacement of a redacted word: asterisks, a `[KIND]` tag, or a made-up value."""

    MASK = "mask"
    REDACT = "redact"
    REPLACE = "replace"


class CallbackMethod(enum.StrEnum):
    """The HTTP method of a callback."""

    POST = "POST"
    PUT = "PUT"


@attrs.frozen
class TranscriptionOptions:
    """
    Options common to files and live streams.

    Attributes:
        raw: The samples' format, or None if the audio is in a media container.
        redact: What to redact, by the names in `redaction`.
        language_candidates: Languages among which one is detected; none means all.
        keywords: Words to boost, as sent ("name" or "name:intensifier").
        keyterm: Words or phrases to boost.
        filler_words: Whether "uh" and "um" stay.
        replace: (find, replacement) pairs; an empty replacement removes the word.
        forwarded: Every parameter Aldea does not handle itself, as sent, for the engine.
    """

    raw: RawFormat | None = None
    model: str = "general"
    language: str = "en"
    detect_language: bool = False
    language_candidates: tuple[str, ...] = ()
    punctuate: bool = False
    smart_format: bool = False
    numerals: bool = False
    profanity_filter: bool = False
    filler_words: bool = False
    diarize: bool = False
    multichannel: bool = False
    redact: tuple[str, ...] = ()
    redact_mode: RedactMode = RedactMode.REDACT
    keywords: tuple[str, ...] = ()
    keyterm: tuple[str, ...] = ()
    replace: tuple[tuple[str, str], ...] = ()
    search: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    extra: tuple[tuple[str, str], ...] = ()
    forwarded: tuple[tuple[str, str], ...] = ()

    @property
    def is_language_detected(self) -> bool:
        return self.detect_language or self.language.lower() in _DETECTED

    @property
    def named_language(self) -> str:
        """The language of the audio; empty if it is to be detected."""
        return "" if self.is_language_detected else self.language


@attrs.frozen(cache_hash=True)
class FileOptions(TranscriptionOptions):
    """
    Options of a file.

    Attributes:
        utterance_gap: Seconds of silence that separate two utterances (`utt_split`).
    """

    paragraphs: bool = False
    utterances: bool = False
    utterance_gap: float = 0.8


@attrs.frozen(cache_hash=True)
class LiveOptions(TranscriptionOptions):
    """
    Options of a live stream.

    Attributes:
        endpointing_ms: Silence that ends an utterance, or None: final results on Finalize and
            CloseStream only.
        utterance_end_ms: Gap between words that is reported as UtteranceEnd, or None.
        opus_channels: Channels of Opus packets without a media container, one a message; None for
            other audio.
    """

    interim_results: bool = True
    endpointing_ms: int | None = 300
    utterance_end_ms: int | None = None
    vad_events: bool = False
    opus_channels: int | None = None

    @property
    def is_packets(self) -> bool:
        """Whether each message is one packet."""
        return self.opus_channels is not None


@attrs.frozen
class Callback:
    """Where and how a file's result is delivered if the caller does not wait for it."""

    url: str = attrs.field(repr=False)  # may contain secrets of its owner
    method: CallbackMethod = CallbackMethod.POST
    metadata: str | None = None


@attrs.frozen
class FileRequest:
    """A file to transcribe, as passed to an engine."""

    session: SessionId
    options: FileOptions
    content_type: str | None = None
    size: int | None = None


@attrs.frozen(slots=False)  # as `Lease`
class LiveRequest:
    """A live stream to open, as passed to an engine."""

    session: SessionId
    options: LiveOptions
