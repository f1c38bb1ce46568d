"""
Words into subtitles, SubRip and WebVTT: at most two lines, readable while they stand.
"""

from collections.abc import Sequence

import attrs

from aldea_core.domain.transcripts import Word


_LINE = 42
_LINES = 2
_LONGEST_SECONDS = 7.0
_PAUSE = 1.0


@attrs.frozen
class Cue:
    start: float
    end: float
    lines: tuple[str, ...]


def cues(words: Sequence[Word]) -> list[Cue]:
    """Cues that end at a pause, a full stop, or when they are full."""
    result: list[Cue] = []
    together: list[Word] = []
    for word in words:
        if together and _ends_before(together, word):
            result.append(_cue(together))
            together = []
        together.append(word)
    if together:
        result.append(_cue(together))
    return result


def _ends_before(together: Sequence[Word], word: Word) -> bool:
    last = together[-1]
    return (
        word.start - last.end >= _PAUSE
        or word.end - together[0].start > _LONGEST_SECONDS
        or last.written[-1:] in {".", "?", "!"}
        or len(_wrapped([*together, word])) > _LINES
    )


def _cue(words: Sequence[Word]) -> Cue:
    return Cue(words[0].start, words[-1].end, tuple(_wrapped(words)))


def _wrapped(words: Sequence[Word]) -> list[str]:
    lines = [words[0].written]
    for word in words[1:]:
        if len(lines[-1]) + 1 + len(word.written) <= _LINE:
            lines[-1] += " " + word.written
        else:
            lines.append(word.written)
    return lines


def srt(words: Sequence[Word]) -> str:
    """SubRip."""
    return "".join(
        f"{number}\n{_time(cue.start, ',')} --> {_time(cue.end, ',')}\n{_text(cue)}\n\n"
        for number, cue in enumerate(cues(words), start=1)
    )


def vtt(words: Sequence[Word]) -> str:
    """WebVTT (W3C), in which `&` and `<` mean something."""
    parts = [
        f"{_time(cue.start, '.')} --> {_time(cue.end, '.')}\n{_escaped(_text(cue))}\n\n"
        for cue in cues(words)
    ]
    return "WEBVTT\n\n" + "".join(parts)


def _text(cue: Cue) -> str:
    return "\n".join(cue.lines)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _time(seconds: float, mark: str) -> str:
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}{mark}{ms % 1000:03}"
