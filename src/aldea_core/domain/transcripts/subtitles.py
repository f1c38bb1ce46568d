"""
Converts words to subtitles, SubRip and WebVTT, with at most two lines that stand long enough to
be read.

The limits are those of broadcasters (Netflix's timed text style guide, the BBC's subtitle
guidelines): 42 characters per line, two lines, at most seven seconds, at least one.
"""

from collections.abc import Iterable, Sequence

import attrs

from aldea_core.domain.transcripts.scripts import CLAUSE_ENDS, SENTENCE_ENDS, text_of
from aldea_core.domain.transcripts.transcripts import Word


LONGEST_LINE = 42
LONGEST_SECONDS = 7.0
_GLANCE = 1.0  # a shorter cue cannot be read
_PAUSE = 1.0  # a pause of this length begins a new cue
_BREATH = 0.3
_SENTENCE_ENDS, _CLAUSE_ENDS = tuple(SENTENCE_ENDS), tuple(CLAUSE_ENDS)


@attrs.frozen
class Cue:
    """A subtitle of one or two lines, shown from *start* to *end* (milliseconds)."""

    start: int
    end: int
    lines: tuple[str, ...]


def cues(*channels: Sequence[Word]) -> list[Cue]:
    """
    The words of each channel as cues, ordered by start time.

    A cue ends at a pause, the end of a sentence, or a change of speaker. If the next word would
    make it too long, the cue ends at the last clause if possible.
    """
    found = [_cue(words) for channel in channels for words in _groups(channel)]
    found.sort(key=lambda cue: cue.start)
    starts: list[int | None] = [cue.start for cue in found]
    return [_in_time(*pair) for pair in zip(found, [*starts[1:], None], strict=False)]


def srt(found: Iterable[Cue]) -> str:
    """SubRip has no escapes; an arrow in the text would be parsed as a time."""
    return "".join(
        f"{number}\n{_time(cue.start, ',')} --> {_time(cue.end, ',')}\n"
        f"{_text(cue).replace('-->', '->')}\n\n"
        for number, cue in enumerate(found, start=1)
    )


def vtt(found: Iterable[Cue]) -> str:
    """WebVTT (W3C, 3.1), where `&` and `<` are markup, and an arrow ends the text."""
    return "WEBVTT\n\n" + "".join(
        f"{_time(cue.start, '.')} --> {_time(cue.end, '.')}\n{_escaped(_text(cue))}\n\n"
        for cue in found
    )


def _groups(words: Sequence[Word]) -> Iterable[list[Word]]:
    group: list[Word] = []
    for word in words:
        if not _shown(word):
            continue
        if group and _ends_before(group, word):
            yield group
            group = []
        elif group and _is_too_long([*group, word]):
            rest = _best_break(group)
            yield group[:rest]
            group = group[rest:]
            if group and _is_too_long([*group, word]):
                yield group
                group = []
        group.append(word)
    if group:
        yield group


def _ends_before(group: Sequence[Word], word: Word) -> bool:
    last = group[-1]
    long_enough = last.end - group[0].start >= _GLANCE or len(_line(group)) >= LONGEST_LINE // 2
    return (
        word.start - last.end >= _PAUSE
        or word.speaker != last.speaker
        # A cue with only "Dr." or "Yes." would flicker.
        or (long_enough and _shown(last).endswith(_SENTENCE_ENDS))
    )


def _is_too_long(group: Sequence[Word]) -> bool:
    return group[-1].end - group[0].start > LONGEST_SECONDS or len(_wrapped(group)) > 2


def _best_break(group: Sequence[Word]) -> int:
    """
    The number of words to keep: up to the last clause or short pause in
    the second half, or all.
    """
    for count in range(len(group) - 1, len(group) // 2, -1):
        last, following = group[count - 1], group[count]
        if _shown(last).endswith(_CLAUSE_ENDS) or following.start - last.end >= _BREATH:
            return count
    return len(group)


def _cue(group: Sequence[Word]) -> Cue:
    lines = _wrapped(group)
    if len(lines) == 2 and len(group) > 1:
        lines = _balanced(group) or lines
    return Cue(round(group[0].start * 1000), round(group[-1].end * 1000), tuple(lines))


def _in_time(cue: Cue, following: int | None) -> Cue:
    """
    Shows the cue for at least `_GLANCE`, not into the next cue, and at
    most `LONGEST_SECONDS`.
    """
    end = max(cue.end, cue.start + round(_GLANCE * 1000))
    if following is not None:
        end = min(end, max(following, cue.start + 1))
    return attrs.evolve(cue, end=min(end, cue.start + round(LONGEST_SECONDS * 1000)))


def _wrapped(group: Sequence[Word]) -> list[str]:
    lines: list[str] = []
    for word in group:
        text = _shown(word)
        if lines and len(line := text_of([lines[-1], text])) <= LONGEST_LINE:
            lines[-1] = line
        else:
            # Only text that is not a word is longer than a line, such as a URL.
            lines += [text[n : n + LONGEST_LINE] for n in range(0, len(text), LONGEST_LINE)]
    return lines


def _balanced(group: Sequence[Word]) -> list[str] | None:
    """The two lines whose lengths differ least, or None if no cut between words fits."""
    cuts = [[_line(group[:count]), _line(group[count:])] for count in range(1, len(group))]
    fitting = [cut for cut in cuts if max(map(len, cut)) <= LONGEST_LINE]
    return min(fitting, key=_imbalance, default=None)


def _imbalance(cut: list[str]) -> int:
    # A line that ends with a clause justifies lines of less equal length.
    return abs(len(cut[0]) - len(cut[1])) - (12 if cut[0].endswith(_CLAUSE_ENDS) else 0)


def _line(group: Sequence[Word]) -> str:
    return text_of(map(_shown, group))


def _shown(word: Word) -> str:
    return " ".join(word.written.split())


def _text(cue: Cue) -> str:
    return "\n".join(cue.lines)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _time(ms: int, mark: str) -> str:
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}{mark}{ms % 1000:03}"
