"""Redacts numbers, and censors offensive words."""

import re

from collections.abc import Iterator, Sequence

from adapters.speech.numbers import SCALES
from adapters.speech.written_words import WrittenWord
from aldea_core.domain.transcripts.options import RedactMode, TranscriptionOptions
from aldea_core.domain.transcripts.redaction import HIDES_CARD_NUMBERS, HIDES_EVERY_NUMBER


# Deliberately short: words of the model's vocabulary that are always offensive.
_PROFANITY = {"fuck", "fucking", "fucked", "shit", "bitch", "bastard", "asshole", "cunt"}
_CARD_DIGITS = 12
# With as many at the end of an interim result, a card's number may be going on.
_BEGUN_CARD_DIGITS = 4


def hidden(
    words: Sequence[WrittenWord], options: TranscriptionOptions, *, is_final: bool
) -> list[WrittenWord]:
    result: list[WrittenWord] = []
    for run in _runs(words):
        if options.redact and _has_digit(run[0]):
            reaches_end = len(result) + len(run) == len(words)
            kind = _kind(run, options, may_go_on=reaches_end and not is_final)
            result += run if kind is None else [_redacted(word, kind, options) for word in run]
        elif options.profanity_filter:
            result += [_censored(word) for word in run]
        else:
            result += run
    return result


def _runs(words: Sequence[WrittenWord]) -> Iterator[list[WrittenWord]]:
    """Each number with all its words: the groups of a card's number, "5 million"; other words alone."""
    run: list[WrittenWord] = []
    for word in words:
        if run and not (_has_digit(run[0]) and (_has_digit(word) or word.bare in SCALES)):
            yield run
            run = []
        run.append(word)
    if run:
        yield run


def _has_digit(word: WrittenWord) -> bool:
    return any(mark.isdigit() for mark in word.text)


def _kind(
    run: Sequence[WrittenWord], options: TranscriptionOptions, *, may_go_on: bool
) -> str | None:
    """What kind of number is hidden; None if it is not."""
    asked = set(options.redact)
    digits = sum(mark.isdigit() for word in run for mark in word.text)
    enough = _BEGUN_CARD_DIGITS if may_go_on else _CARD_DIGITS
    if HIDES_CARD_NUMBERS & asked and digits >= enough:
        return "CREDIT_CARD"
    return "NUMBER" if HIDES_EVERY_NUMBER & asked else None


def _redacted(word: WrittenWord, kind: str, options: TranscriptionOptions) -> WrittenWord:
    match options.redact_mode:
        case RedactMode.MASK:
            return word.replaced_by("*" * len(word.text))
        case RedactMode.REDACT:
            return word.replaced_by(f"[{kind}]")
        case RedactMode.REPLACE:
            return word.replaced_by(re.sub(r"\d", "0", word.text))


def _censored(word: WrittenWord) -> WrittenWord:
    if word.bare not in _PROFANITY:
        return word
    return word.replaced_by(word.text[0] + "*" * (len(word.text) - 1))
