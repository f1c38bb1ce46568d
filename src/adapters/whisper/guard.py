"""
Guards against what Whisper writes where nothing was said: loops, and words in silence.

A decoder that runs on, or repeats itself, decodes again more carefully. Thresholds were measured on
English speech with `tiny.en`, which has at most 4.5 words a second and compresses to 1.4 at most.
"""

import zlib

from collections.abc import Sequence

import attrs


_TOKENS_PER_SECOND, _LEAST_TOKENS = 7, 12
_COMPRESSION = 2.4
_LONGEST_PHRASE, _REPEATS = 6, 4
# Silence, if Whisper is this sure of it and this unsure of its words. "Yes." alone reaches 0.83 and
# -0.86.
_SILENT = ((0.6, -1.0), (0.87, -0.9))


@attrs.frozen
class Decoded:
    """
    What the decoder wrote for a window.

    Attributes:
        log_probability: Mean over the tokens.
        no_speech: Whisper's own probability that there is no speech.
    """

    tokens: Sequence[int]
    text: str
    log_probability: float
    no_speech: float


def most_tokens(seconds: float) -> int:
    """No speech of *seconds* has more tokens: who writes more is in a loop."""
    return int(seconds * _TOKENS_PER_SECOND) + _LEAST_TOKENS


def is_loop(decoded: Decoded, seconds: float) -> bool:
    """Whether the decoder has repeated itself."""
    if len(decoded.tokens) >= most_tokens(seconds):
        return True
    text = decoded.text.encode()
    if text and len(text) / len(zlib.compress(text)) > _COMPRESSION:
        return True
    return loop_begin(decoded.tokens) is not None


def loop_begin(tokens: Sequence[int]) -> int | None:
    """Where a phrase that is repeated over and over begins for the second time."""
    return _repeated(tokens, range(1, _LONGEST_PHRASE + 1), _REPEATS)


def known_loop_begin(tokens: Sequence[int]) -> int | None:
    """
    The same where `is_loop` has found that there is a loop.

    A long phrase is said twice on purpose too, so that alone shows no loop.
    """
    if (begin := loop_begin(tokens)) is not None:
        return begin
    return _repeated(tokens, range(_LONGEST_PHRASE + 1, len(tokens) // 2 + 1), 2)


def _repeated(tokens: Sequence[int], lengths: range, times: int) -> int | None:
    for length in lengths:
        same = 0
        for n in range(length, len(tokens)):
            same = same + 1 if tokens[n] == tokens[n - length] else 0
            if same == length * (times - 1):
                return n + 1 - same
    return None


def is_silence(decoded: Decoded) -> bool:
    """Whether the words were made up."""
    return any(
        decoded.no_speech > no_speech and decoded.log_probability < log_probability
        for no_speech, log_probability in _SILENT
    )
