"""Formats recognised words as text: replacements, numbers, redaction, capitals and full stops."""

import re

from collections.abc import Sequence

import attrs

from adapters.speech.numbers import with_numerals
from aldea_core.domain.transcripts.options import RedactMode, TranscriptionOptions
from aldea_core.domain.transcripts.redaction import HIDES_CARD_NUMBERS, HIDES_EVERY_NUMBER
from aldea_core.domain.transcripts.transcripts import Word


# Deliberately short: words of the model's vocabulary that are always offensive.
_PROFANITY = {"fuck", "fucking", "fucked", "shit", "bitch", "bastard", "asshole", "cunt"}
_ALWAYS_CAPITAL = {"i", "i'm", "i'll", "i've", "i'd"}
_DIGITS = re.compile(r"[0-9][0-9,.:/-]*")
_CARD_DIGITS = 12


def written(
    words: Sequence[Word], options: TranscriptionOptions, *, ends_sentence: bool
) -> tuple[Word, ...]:
    """Formats *words* as *options* require. A full stop is set where a sentence ends."""
    replaced = _replaced(words, options.replace)
    if options.numerals or options.smart_format or options.redact:
        replaced = with_numerals(replaced)
    hidden = [_hidden(word, options) for word in replaced]
    if options.punctuate or options.smart_format:
        return _punctuated(hidden, ends_sentence=ends_sentence)
    return tuple(hidden)


def _replaced(words: Sequence[Word], pairs: Sequence[tuple[str, str]]) -> list[Word]:
    result = list(words)
    for find, put in pairs:
        wanted = find.lower().split()
        n = 0
        while wanted and n + len(wanted) <= len(result):
            found = result[n : n + len(wanted)]
            if [word.word.lower() for word in found] == wanted:
                result[n : n + len(wanted)] = [_joined(found, put)] if put else []
                n += bool(put)
            else:
                n += 1
    return result


def _joined(words: Sequence[Word], text: str) -> Word:
    return attrs.evolve(words[0], word=text, end=words[-1].end)


def _hidden(word: Word, options: TranscriptionOptions) -> Word:
    if options.profanity_filter and word.word.lower() in _PROFANITY:
        return attrs.evolve(word, word=word.word[0] + "*" * (len(word.word) - 1))
    number = _DIGITS.fullmatch(word.word)
    if number is None or not options.redact:
        return word
    digits = re.sub("[^0-9]", "", word.word)
    is_card = bool(HIDES_CARD_NUMBERS & set(options.redact)) and len(digits) >= _CARD_DIGITS
    if not is_card and not HIDES_EVERY_NUMBER & set(options.redact):
        return word
    kind = "CREDIT_CARD" if is_card else "NUMBER"
    match options.redact_mode:
        case RedactMode.MASK:
            return attrs.evolve(word, word="*" * len(word.word))
        case RedactMode.REDACT:
            return attrs.evolve(word, word=f"[{kind}]")
        case RedactMode.REPLACE:
            return attrs.evolve(word, word=re.sub("[0-9]", "0", word.word))


def _punctuated(words: Sequence[Word], *, ends_sentence: bool) -> tuple[Word, ...]:
    result = []
    for n, word in enumerate(words):
        text = word.word
        if n == 0 or text.lower() in _ALWAYS_CAPITAL:
            text = text[:1].upper() + text[1:]
        if n == len(words) - 1 and ends_sentence:
            text += "."
        result.append(attrs.evolve(word, punctuated_word=text))
    return tuple(result)
