"""
Formats recognised words as text: replacements, fillers, numbers, redaction, capitals and full stops.

`word` is bare and in lower case; `punctuated_word` is as it was written. Fillers and number words are
known of English alone: "um" is a word in German and in Portuguese.
"""

import re

from collections.abc import Iterable, Sequence

import attrs

from adapters.speech.numbers import with_numerals
from adapters.speech.redaction import hidden
from adapters.speech.written_words import WrittenWord, joined, taken_apart, with_capital
from aldea_core.domain.transcripts.options import TranscriptionOptions
from aldea_core.domain.transcripts.scripts import SENTENCE_ENDS
from aldea_core.domain.transcripts.transcripts import Word


_ALWAYS_CAPITAL = {"i", "i'm", "i'll", "i've", "i'd"}
# "uh", "um", and how else they are written.
_FILLER = re.compile(r"u+h+m*|u+m+")
# A recogniser writes a capital where its audio begins. These words have none within a sentence.
_NO_NAMES = {
    *("a", "an", "the", "this", "that", "these", "those", "it", "its", "he", "she", "we", "they"),
    *("you", "his", "her", "our", "their", "my", "your", "and", "but", "or", "nor", "so", "if"),
    *("of", "in", "on", "at", "to", "for", "from", "by", "with", "as", "into", "than", "then"),
    *("is", "are", "was", "were", "be", "been", "has", "have", "had", "not", "which", "who"),
    *("what", "when", "where", "while", "because", "there", "some", "all", "no"),
}


def written(
    words: Sequence[Word],
    options: TranscriptionOptions,
    *,
    language: str,
    is_final: bool,
    has_punctuation: bool,
) -> tuple[Word, ...]:
    """
    Formats *words* as *options* require.

    Args:
        language: Of the words, as an ISO 639-1 code.
        is_final: Whether the words are all of an utterance.
        has_punctuation: Whether the recogniser writes punctuation. Else an utterance is taken for a
            sentence, which has a capital and a full stop.
    """
    formatted = _replaced(taken_apart(words), options.replace)
    is_english = language == "en"
    if is_english and not options.filler_words:
        formatted = _without_fillers(formatted)
    if is_english and (options.numerals or options.smart_format or options.redact):
        formatted = with_numerals(formatted, all_of_them=bool(options.redact))
    formatted = hidden(formatted, options, is_final=is_final)
    formatted = _with_capitals(formatted, is_english=is_english)
    if formatted and is_final and not has_punctuation:
        formatted[-1] = attrs.evolve(formatted[-1], after=".")
    is_punctuated = options.punctuate or options.smart_format
    return tuple(word.as_word(is_punctuated=is_punctuated) for word in formatted)


def over_borders(results: Iterable[Sequence[Word]]) -> list[Word]:
    """
    The words of consecutive results as one text: a capital after a full stop, and none where a
    sentence goes on.
    """
    text: list[Word] = []
    for words in results:
        if not words:
            continue
        first = words[0] if not text else _continued(text[-1], words[0])
        text += [first, *words[1:]]
    return text


def _continued(last: Word, word: Word) -> Word:
    if word.punctuated_word is None:
        return word
    if any(mark in SENTENCE_ENDS for mark in last.written[-2:]):
        return attrs.evolve(word, punctuated_word=with_capital(word.punctuated_word))
    if word.word in _NO_NAMES:
        small = word.punctuated_word[:1].lower() + word.punctuated_word[1:]
        return attrs.evolve(word, punctuated_word=small)
    return word


def _replaced(words: Sequence[WrittenWord], pairs: Sequence[tuple[str, str]]) -> list[WrittenWord]:
    result = list(words)
    for find, put in pairs:
        wanted = find.lower().split()
        n = 0
        while wanted and n + len(wanted) <= len(result):
            found = result[n : n + len(wanted)]
            if [word.bare for word in found] != wanted:
                n += 1
            elif put:
                result[n : n + len(wanted)] = [joined(found, put).replaced_by(put)]
                n += 1
            else:
                result[n : n + len(wanted)] = []
                if n:
                    result[n - 1] = _before_gap(result[n - 1], found[-1])
    return result


def _without_fillers(words: Sequence[WrittenWord]) -> list[WrittenWord]:
    result: list[WrittenWord] = []
    follows_gap = False
    for word in words:
        if _FILLER.fullmatch(word.bare):
            follows_gap = True
            if result:
                result[-1] = _before_gap(result[-1], word)
            continue
        begins = follows_gap and bool(result) and result[-1].ends_sentence
        result.append(word.with_capital() if begins else word)
        follows_gap = False
    return result


def _before_gap(word: WrittenWord, removed: WrittenWord) -> WrittenWord:
    """*word* before one that was removed: "I, um, think" is "I think"; a sentence still ends."""
    if removed.ends_sentence and not word.ends_sentence:
        return attrs.evolve(word, after=removed.after)
    if word.after == removed.after == ",":
        return attrs.evolve(word, after="")
    return word


def _with_capitals(words: Sequence[WrittenWord], *, is_english: bool) -> list[WrittenWord]:
    """With a capital at the beginning, where the recogniser may have written none."""
    always = _ALWAYS_CAPITAL if is_english else set()
    return [
        word.with_capital() if n == 0 or word.bare in always else word
        for n, word in enumerate(words)
    ]
