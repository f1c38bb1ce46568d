"""A word as it was written: the word itself, and the punctuation around it."""

import unicodedata

from collections.abc import Sequence

import attrs

from aldea_core.domain.transcripts.scripts import SENTENCE_ENDS
from aldea_core.domain.transcripts.transcripts import Word


# Part of a word, unlike punctuation: "$5", "50%", "AT&T".
_SYMBOLS = "$€£¥%°#@&+"


@attrs.frozen
class WrittenWord:
    """
    Attributes:
        word: Its times and its confidence.
        text: As it was written, without the punctuation before and after it.
        given: What is put in the place of a recognised word: it stays as it is.
    """

    word: Word
    text: str
    before: str = ""
    after: str = ""
    given: str | None = None

    @property
    def bare(self) -> str:
        """Without capitals too."""
        return self.text.lower()

    @property
    def ends_sentence(self) -> bool:
        return any(mark in self.after for mark in SENTENCE_ENDS)

    def with_capital(self) -> "WrittenWord":
        return attrs.evolve(self, text=with_capital(self.text))

    def as_word(self, *, is_punctuated: bool) -> Word:
        punctuated = self.before + self.text + self.after if is_punctuated else None
        return attrs.evolve(self.word, word=self.given or self.bare, punctuated_word=punctuated)

    def replaced_by(self, text: str) -> "WrittenWord":
        return attrs.evolve(self, text=text, given=text)


def with_capital(text: str) -> str:
    """Of scripts that begin sentences with one: Georgian has capitals, for headlines alone."""
    return text[:1].title() + text[1:]


def taken_apart(words: Sequence[Word]) -> list[WrittenWord]:
    """*words*, whose `word` has capitals and punctuation if the recogniser writes them."""
    result: list[WrittenWord] = []
    for word in words:
        text = word.word
        kept = [n for n, mark in enumerate(text) if _is_part_of_word(mark)]
        if any(mark.isalnum() for mark in text):
            begin, end = kept[0], kept[-1] + 1
            if text[:begin].endswith("-") and text[begin].isdigit():
                begin -= 1  # a negative number
            result.append(WrittenWord(word, text[begin:end], text[:begin], text[end:]))
        elif result and not result[-1].after:  # punctuation alone
            result[-1] = attrs.evolve(result[-1], after=text.strip())
    return result


def _is_part_of_word(mark: str) -> bool:
    """Whether it is no punctuation. The vowels of Hindi and Thai are marks on their consonants."""
    return mark.isalnum() or mark in _SYMBOLS or unicodedata.category(mark).startswith("M")


def joined(words: Sequence[WrittenWord], text: str) -> WrittenWord:
    """One word of several, with the times and the punctuation of them all."""
    first, last = words[0], words[-1]
    return WrittenWord(
        attrs.evolve(first.word, end=last.word.end), text, before=first.before, after=last.after
    )
