"""
Groups words into utterances, sentences and paragraphs, by pauses and punctuation.

A pause separates utterances. A sentence ends at its punctuation, a pause, or a change of speaker. A
paragraph ends at a long pause, a change of speaker, or after a number of sentences.
"""

from collections.abc import Callable, Iterator, Sequence

import attrs

from aldea_core.domain.transcripts.scripts import SENTENCE_ENDS, text_of
from aldea_core.domain.transcripts.transcripts import Word


_PARAGRAPH_PAUSE = 2.0
_SENTENCES_A_PARAGRAPH = 5
_SENTENCE_PAUSE = 1.5


@attrs.frozen
class Stretch:
    """Consecutive words of one utterance or sentence; never empty."""

    words: tuple[Word, ...]

    @property
    def start(self) -> float:
        return self.words[0].start

    @property
    def end(self) -> float:
        return self.words[-1].end

    @property
    def text(self) -> str:
        return text_of(word.written for word in self.words)

    @property
    def confidence(self) -> float:
        return sum(word.confidence for word in self.words) / len(self.words)

    @property
    def speaker(self) -> int | None:
        return self.words[0].speaker


@attrs.frozen
class Paragraph:
    """Consecutive sentences; never empty."""

    sentences: tuple[Stretch, ...]

    @property
    def start(self) -> float:
        return self.sentences[0].start

    @property
    def end(self) -> float:
        return self.sentences[-1].end

    @property
    def speaker(self) -> int | None:
        return self.sentences[0].speaker

    @property
    def text(self) -> str:
        return text_of(sentence.text for sentence in self.sentences)

    @property
    def word_count(self) -> int:
        return sum(len(sentence.words) for sentence in self.sentences)


def utterances(words: Sequence[Word], gap: float) -> list[Stretch]:
    """Utterances: words of one speaker without a pause of *gap* seconds."""
    return list(_parted(words, lambda last, word: _pause(last, word) >= gap))


def sentences(words: Sequence[Word]) -> list[Stretch]:
    return list(
        _parted(
            words,
            lambda last, word: (
                last.written.endswith(tuple(SENTENCE_ENDS)) or _pause(last, word) >= _SENTENCE_PAUSE
            ),
        ),
    )


def paragraphs(words: Sequence[Word]) -> list[Paragraph]:
    found: list[list[Stretch]] = []
    for sentence in sentences(words):
        if found and not _begins_paragraph(found[-1], sentence):
            found[-1].append(sentence)
        else:
            found.append([sentence])
    return [Paragraph(tuple(members)) for members in found]


def _begins_paragraph(paragraph: Sequence[Stretch], sentence: Stretch) -> bool:
    last = paragraph[-1]
    return (
        len(paragraph) >= _SENTENCES_A_PARAGRAPH
        or sentence.start - last.end >= _PARAGRAPH_PAUSE
        or sentence.speaker != last.speaker
    )


def _parted(words: Sequence[Word], ends: Callable[[Word, Word], bool]) -> Iterator[Stretch]:
    stretch: list[Word] = []
    for word in words:
        if stretch and (word.speaker != stretch[-1].speaker or ends(stretch[-1], word)):
            yield Stretch(tuple(stretch))
            stretch = []
        stretch.append(word)
    if stretch:
        yield Stretch(tuple(stretch))


def _pause(last: Word, word: Word) -> float:
    return word.start - last.end
