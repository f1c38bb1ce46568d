"""Shifts engine events in time, and removes words that were delivered before or are not paid for."""

from typing import assert_never

import attrs

from aldea_core.domain.transcripts.scripts import text_of
from aldea_core.domain.transcripts.transcripts import (
    Alternative,
    LiveEvent,
    Result,
    SpeechStarted,
    Summary,
    UtteranceEnd,
    Word,
)


# Engines give times in milliseconds; a smaller overlap is a rounding error.
_SLACK = 0.0015


def shifted(event: LiveEvent, seconds: float) -> LiveEvent:
    """*event*, *seconds* later."""
    match event:
        case Result():
            alternative = event.alternative
            words = tuple(_shifted_word(word, seconds) for word in alternative.words)
            return attrs.evolve(
                event,
                start=event.start + seconds,
                alternative=attrs.evolve(alternative, words=words),
            )
        case SpeechStarted():
            return attrs.evolve(event, timestamp=event.timestamp + seconds)
        case UtteranceEnd():
            return attrs.evolve(event, last_word_end=event.last_word_end + seconds)
        case Summary():
            return attrs.evolve(event, duration=event.duration + seconds)
        case _:
            assert_never(event)


def _shifted_word(word: Word, seconds: float) -> Word:
    return attrs.evolve(word, start=word.start + seconds, end=word.end + seconds)


def after(result: Result, seconds: float) -> Result | None:
    """
    The part of *result* after *seconds*, or None if there is none.

    A word that begins before *seconds* is left out, because it was delivered. The result of a
    Finalize is never left out, because the client waits for it; it is sent empty instead.
    """
    if result.start >= seconds - _SLACK:
        return result
    if result.end <= seconds + _SLACK and not result.from_finalize:
        return None
    words = tuple(word for word in result.alternative.words if word.start >= seconds - _SLACK)
    return attrs.evolve(
        _with_words(result, words), start=seconds, duration=max(0.0, result.end - seconds)
    )


def until(result: Result, seconds: float) -> Result | None:
    """
    The part of a final *result* until *seconds*, or None if there is none.

    A word that ends later is left out. An interim result has no such part, as more of its words may
    change. The result of a Finalize is never left out.
    """
    if result.end <= seconds + _SLACK:
        return result
    if not result.from_finalize and (not result.is_final or result.start >= seconds):
        return None
    words = tuple(word for word in result.alternative.words if word.end <= seconds + _SLACK)
    start = min(result.start, seconds)
    return attrs.evolve(_with_words(result, words), start=start, duration=seconds - start)


def _with_words(result: Result, words: tuple[Word, ...]) -> Result:
    return attrs.evolve(
        result,
        alternative=Alternative(
            text_of(word.written for word in words),
            result.alternative.confidence if words else 0.0,
            words,
        ),
    )
