"""
Guards against what Whisper writes where nothing was said: loops, and words in silence.

A decoder that runs on, or repeats itself, decodes again more carefully. Thresholds were measured on
English speech with `tiny.en`, which has at most 4.5 words a second and compresses to 1.4 at most, and
for other languages on text that a voice reads without haste: see `docs/engines.md`.
"""

import zlib

from collections.abc import Sequence

import attrs


_LEAST_TOKENS = 12
_ENGLISH_TOKENS_PER_SECOND, _TOKENS_PER_SECOND, _BYTES_PER_SECOND = 7, 20, 64
# Languages whose characters are no tokens of their own: Whisper spells most of them byte by byte. Of
# those that were measured, Kazakh needs 10 tokens a second and Tatar 11, Tamil 13 and Georgian 32.
_SPELLED_IN_BYTES = frozenset({
    *("am", "as", "bn", "bo", "gu", "hi", "hy", "ka", "km", "kn", "lo", "ml", "mr", "my", "ne", "pa"),
    *("sa", "si", "ta", "te"),
})  # fmt: skip
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
        language: Of the text, as an ISO 639-1 code.
    """

    tokens: Sequence[int]
    text: str
    log_probability: float
    no_speech: float
    language: str = "en"


def most_tokens(seconds: float, language: str = "en") -> int:
    """No speech of *seconds* has more tokens: who writes more is in a loop."""
    if language == "en":
        rate = _ENGLISH_TOKENS_PER_SECOND
    else:
        rate = _BYTES_PER_SECOND if language in _SPELLED_IN_BYTES else _TOKENS_PER_SECOND
    return int(seconds * rate) + _LEAST_TOKENS


def is_loop(decoded: Decoded, seconds: float) -> bool:
    """Whether the decoder has repeated itself, or has run on."""
    return len(decoded.tokens) >= most_tokens(seconds, decoded.language) or repeats(decoded)


def repeats(decoded: Decoded) -> bool:
    # A byte a character. UTF-8 has up to three, of which most scripts repeat two.
    text = bytes(ord(letter) & 0xFF for letter in decoded.text)
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
