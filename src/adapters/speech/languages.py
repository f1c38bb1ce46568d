"""The language of a channel, of which each window has its own."""

from collections import Counter
from collections.abc import Sequence

import attrs

from aldea_core.domain.transcripts.transcripts import DetectedLanguage


@attrs.frozen
class SpokenWindow:
    """A window with words; `confidence` is None where its language was not detected."""

    language: str
    confidence: float | None
    words: int


def most_spoken(windows: Sequence[SpokenWindow], named: str) -> DetectedLanguage:
    """The language of most words; if there are no words, the *named* one, or else English."""
    words: Counter[str] = Counter()
    for window in windows:
        words[window.language] += window.words
    if not words:
        return DetectedLanguage(named or "en")
    language = words.most_common(1)[0][0]
    detected = [
        (window.confidence, window.words)
        for window in windows
        if window.language == language and window.confidence is not None
    ]
    total = sum(count for _, count in detected)
    confidence = sum(sure * count for sure, count in detected) / total if total else None
    return DetectedLanguage(language, confidence)
