"""Words with times and confidences, from the tokens of a window and their alignment to its audio."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from adapters.speech.recogniser import RecognisedWord


_TOKENS_PER_SECOND = 50
_SHORTEST = 0.04


def words_of(
    tokenizer: Any, tokens: Sequence[int], aligned: Any, seconds: float
) -> list[RecognisedWord]:
    """
    The words that *tokens* spell.

    Args:
        aligned: CTranslate2's alignment of the tokens.
        seconds: Length of the audio. No word ends later.
    """
    pieces, piece_tokens = tokenizer.split_to_word_tokens([*tokens, tokenizer.eot])
    bounds = np.cumsum([0, *(len(piece) for piece in piece_tokens[:-1])])
    text, time = np.array(aligned.alignments, np.int64).reshape(-1, 2).T
    jumps = np.pad(np.diff(text), (1, 0), constant_values=1).astype(bool)
    times = np.append(time[jumps], time[-1:]) / _TOKENS_PER_SECOND
    words: list[RecognisedWord] = []
    before = ""
    for n, piece in enumerate(pieces[:-1]):
        first, last = int(bounds[n]), int(bounds[n + 1])
        if not any(letter.isalnum() for letter in piece):
            before = _joined(words, before, piece)
            continue
        probability = float(np.mean(aligned.text_token_probs[first:last]))
        start, end = (float(times[min(at, len(times) - 1)]) for at in (first, last))
        words.append(RecognisedWord(before + piece.strip(), start, end, round(probability, 4)))
        before = ""
    return in_order(words, seconds)


def _joined(words: list[RecognisedWord], before: str, piece: str) -> str:
    """Adds punctuation to the word before it. Returns what belongs to the next word."""
    if not words or piece.startswith(" "):
        return before + piece.strip()
    last = words[-1]
    words[-1] = RecognisedWord(last.word + piece.strip(), last.start, last.end, last.confidence)
    return before


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


def spread(text: str, seconds: float) -> list[RecognisedWord]:
    """The words of *text* with times as if each letter took the same time: for interim results."""
    pieces = [piece for piece in text.split() if any(letter.isalnum() for letter in piece)]
    letters = sum(len(piece) + 1 for piece in pieces)
    result = []
    at = 0
    for piece in pieces:
        start, at = at, at + len(piece) + 1
        result.append(RecognisedWord(piece, seconds * start / letters, seconds * at / letters, 0.0))
    return result
