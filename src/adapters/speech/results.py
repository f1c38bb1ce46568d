"""Results from recognised words."""

from collections.abc import Callable

import attrs

from adapters.speech.recogniser import Recognised, Recognition
from adapters.speech.text import written
from aldea_core.domain.transcripts.options import TranscriptionOptions
from aldea_core.domain.transcripts.scripts import text_of
from aldea_core.domain.transcripts.transcripts import Alternative, Result, Word


@attrs.frozen
class ResultBuilder:
    """
    Builds the result of a span of a channel, once its words are known.

    Attributes:
        start: Begin of the span, in seconds of the stream.
        offset: Begin of the recognised samples.
        until: End of the span.
        is_final: Whether the words are all of an utterance.
        has_punctuation: Whether the recogniser writes punctuation.
        on_last_word: Called with the end of the last word, if there are any.
    """

    channel: int
    channels: int
    start: float
    offset: float
    until: float
    options: TranscriptionOptions
    is_final: bool
    has_punctuation: bool
    on_last_word: Callable[[float], None]

    def build(self, recognised: Recognised) -> Result:
        words = written(
            self._in_stream(recognised),
            self.options,
            language=recognised.language,
            is_final=self.is_final,
            has_punctuation=self.has_punctuation,
        )
        if words:
            self.on_last_word(words[-1].end)
        confidence = sum(word.confidence for word in words) / len(words) if words else 0.0
        alternative = Alternative(text_of(word.written for word in words), confidence, words)
        duration = self.until - self.start
        return Result(self.start, duration, alternative, self.channel, self.channels)

    def _in_stream(self, recognised: Recognised) -> tuple[Word, ...]:
        """Words in the stream's time, none of them after the span; with their language if detected."""
        is_detected = recognised.language_confidence is not None
        language = recognised.language if is_detected else None
        return tuple(
            Word(
                word.word,
                round(min(word.start + self.offset, self.until), 3),
                round(min(word.end + self.offset, self.until), 3),
                word.confidence,
                language=language,
            )
            for word in recognised.words
        )


@attrs.frozen
class PendingResult:
    """A final result whose words are being recognised."""

    recognition: Recognition
    builder: ResultBuilder
    speech_final: bool
    from_finalize: bool

    @property
    def is_done(self) -> bool:
        return self.recognition.is_done

    def result(self) -> Result:
        """The result, once `is_done`."""
        return attrs.evolve(
            self.builder.build(self.recognition.result()),
            is_final=True,
            speech_final=self.speech_final,
            from_finalize=self.from_finalize,
        )
