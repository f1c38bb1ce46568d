"""What differs between the world's scripts: spaces between words, and the marks that end a sentence."""

import re

from collections.abc import Iterable


# A full stop, question mark and so on; of Chinese and Japanese, of Hindi, of Arabic and Urdu.
SENTENCE_ENDS = ".?!\u2026\u3002\uff0e\uff1f\uff01\u0964\u0965\u061f\u06d4"
# The same for commas, colons and semicolons.
CLAUSE_ENDS = SENTENCE_ENDS + ",;:\u3001\uff0c\uff1b\uff1a\u060c\u061b"

# Thai and Lao, Tibetan, Burmese, Khmer, and what Chinese and Japanese are written with, punctuation
# included. Korean has spaces.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fff\u3000-\u312f\u31a0-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\uff00-\uff9f\U00020000-\U0003ffff]"
)


def is_spaced(before: str, after: str) -> bool:
    """Whether a space stands between two words."""
    return not (_UNSPACED.match(before[-1:]) or _UNSPACED.match(after[:1]))


def text_of(words: Iterable[str]) -> str:
    """The text that *words*, or sentences, make."""
    parts: list[str] = []
    last = ""
    for word in words:
        if parts and is_spaced(last, word):
            parts.append(" ")
        parts.append(word)
        last = word
    return "".join(parts)
