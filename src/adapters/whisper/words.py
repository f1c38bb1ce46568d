"""Words with times and confidences, from the tokens of a window and their alignment to its audio."""

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

from adapters.speech.recogniser import RecognisedWord
from aldea_core.domain.transcripts.scripts import is_spaced


_TOKENS_PER_SECOND = 50
_SHORTEST = 0.04


@attrs.frozen
class SpelledWord:
    """
    A word with its punctuation.

    Attributes:
        first: Its first token.
        end: The token after its last one. Tokens of punctuation around it are not its own.
    """

    text: str
    first: int
    end: int


def spelled(tokenizer: Any, tokens: Sequence[int]) -> list[SpelledWord]:
    """
    The words that *tokens* spell. Where a script has no spaces, each character that tokens complete
    is a word.
    """
    words: list[SpelledWord] = []
    before = ""
    is_apart = False
    end = 0
    for piece, own in zip(*tokenizer.split_tokens_on_unicode(list(tokens)), strict=True):
        first, end = end, end + len(own)
        text = piece.strip()
        is_apart |= piece.startswith(" ") or not words
        if not text:
            continue  # the space before a word is a token of its own
        if not any(letter.isalnum() for letter in text):
            # Punctuation belongs to the word before it, unless a space is between them.
            if is_apart:
                before += text
            else:
                words[-1] = attrs.evolve(words[-1], text=words[-1].text + text)
            continue
        if is_apart or not is_spaced(words[-1].text, text):
            words.append(SpelledWord(before + text, first, end))
        else:
            words[-1] = SpelledWord(words[-1].text + text, words[-1].first, end)
        before, is_apart = "", False
    return words


def words_of(
    tokenizer: Any, tokens: Sequence[int], aligned: Any, seconds: float
) -> list[RecognisedWord]:
    """
    The words that *tokens* spell, with their times.

    Args:
        aligned: CTranslate2's alignment of the tokens.
        seconds: Length of the audio. No word ends later.
    """
    text, time = np.array(aligned.alignments, np.int64).reshape(-1, 2).T
    jumps = np.pad(np.diff(text), (1, 0), constant_values=1).astype(bool)
    times = np.append(time[jumps], time[-1:]) / _TOKENS_PER_SECOND
    words: list[RecognisedWord] = []
    for word in spelled(tokenizer, tokens):
        probability = float(np.mean(aligned.text_token_probs[word.first : word.end]))
        start, end = (float(times[min(at, len(times) - 1)]) for at in (word.first, word.end))
        words.append(RecognisedWord(word.text, start, end, round(probability, 4)))
    return in_order(words, seconds)


def in_order(words: Sequence[RecognisedWord], seconds: float) -> list[RecognisedWord]:
    """*words* whose times neither overlap nor run backwards, and lie within the audio."""
    count = len(words)
    shortest = min(_SHORTEST, seconds / max(1, count))
    result = []
    at = 0.0
    for n, word in enumerate(words):
        # Each word after this one has room for its shortest time.
        latest = seconds - (count - n) * shortest
        start = max(at, min(word.start, latest))
        end = max(start + shortest, min(word.end, latest + shortest))
        result.append(RecognisedWord(word.word, start, end, word.confidence))
        at = end
    return result


def spread(words: Sequence[str], seconds: float) -> list[RecognisedWord]:
    """*words* with times as if each letter took the same time: for interim results."""
    letters = sum(len(word) + 1 for word in words)
    result = []
    at = 0
    for word in words:
        start, at = at, at + len(word) + 1
        result.append(RecognisedWord(word, seconds * start / letters, seconds * at / letters, 0.0))
    return result
