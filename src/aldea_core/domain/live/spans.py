"""Moving what an engine said along the stream, and cutting off what was said before."""

from typing import assert_never

import attrs

from aldea_core.domain.transcripts.transcripts import (
    Alternative,
    LiveEvent,
    Result,
    SpeechStarted,
    Summary,
    UtteranceEnd,
    Word,
)


# Engines give times in milliseconds; what overlaps by less is not an overlap.
_SLACK = 0.0015


def shifted(event: LiveEvent, seconds: float) -> LiveEvent:
    """*event*, *seconds* later."""
    match event:
        case Result():
            heard = event.alternative
            words = tuple(_shifted_word(word, seconds) for word in heard.words)
            return attrs.evolve(
                event,
                start=event.start + seconds,
                alternative=attrs.evolve(heard, words=words),
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
    What of *result* lies after *seconds*, or None if nothing does.

    A word that begins before is left out: it was delivered. The answer to a Finalize is never left
    out, since somebody waits for it; it comes empty instead.
    """
    if result.start >= seconds - _SLACK:
        return result
    if result.end <= seconds + _SLACK and not result.from_finalize:
        return None
    heard = result.alternative
    words = tuple(word for word in heard.words if word.start >= seconds - _SLACK)
    return attrs.evolve(
        result,
        start=seconds,
        duration=max(0.0, result.end - seconds),
        alternative=Alternative(
            " ".join(word.written for word in words),
            heard.confidence if words else 0.0,
            words,
        ),
    )
