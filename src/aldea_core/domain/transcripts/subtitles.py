"""
Words into subtitles, SubRip and WebVTT: at most two lines, readable while they stand.

The measures are those of broadcasters (Netflix's timed text style guide, the BBC's subtitle
guidelines): 42 characters a line, two lines, seven seconds, and not less than a glance.
"""

from collections.abc import Iterable, Sequence

import attrs

from aldea_core.domain.transcripts.transcripts import Word


LONGEST_LINE = 42
LONGEST_SECONDS = 7.0
_GLANCE = 1.0  # what stands for less cannot be read
_PAUSE = 1.0  # who is silent for as long begins anew
_BREATH = 0.3
_SENTENCE_ENDS = (".", "?", "!", "…")
_CLAUSE_ENDS = (",", ";", ":", *_SENTENCE_ENDS)


@attrs.frozen
class Cue:
    """What stands on the screen from *start* to *end*, in milliseconds: one line or two."""

    start: int
    end: int
    lines: tuple[str, ...]


def cues(*channels: Sequence[Word]) -> list[Cue]:
    """
    The words of each channel as cues, in the order in which they begin.

    A cue ends with a pause, a sentence, or a change of speaker, and where the next word would make
    it too long to read; then at the end of a clause, if there is one to end at.
    """
    found = [_cue(words) for channel in channels for words in _groups(channel)]
    found.sort(key=lambda cue: cue.start)
    starts: list[int | None] = [cue.start for cue in found]
    return [_in_time(*pair) for pair in zip(found, [*starts[1:], None], strict=False)]


def srt(found: Iterable[Cue]) -> str:
    """SubRip, which has no escapes: an arrow in the text would be taken for a time."""
    return "".join(
        f"{number}\n{_time(cue.start, ',')} --> {_time(cue.end, ',')}\n"
        f"{_text(cue).replace('-->', '->')}\n\n"
        for number, cue in enumerate(found, start=1)
    )


def vtt(found: Iterable[Cue]) -> str:
    """WebVTT (W3C, 3.1), in which `&` and `<` mean something, and an arrow ends the text."""
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
        # "Dr." or "Yes." alone would flicker.
        or (long_enough and _shown(last).endswith(_SENTENCE_ENDS))
    )


def _is_too_long(group: Sequence[Word]) -> bool:
    return group[-1].end - group[0].start > LONGEST_SECONDS or len(_wrapped(group)) > 2


def _best_break(group: Sequence[Word]) -> int:
    """After how many words to cut: at the last clause or breath of its second half, or its end."""
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
    """It stands for a glance at least, not into the next one, and never for too long."""
    end = max(cue.end, cue.start + round(_GLANCE * 1000))
    if following is not None:
        end = min(end, max(following, cue.start + 1))
    return attrs.evolve(cue, end=min(end, cue.start + round(LONGEST_SECONDS * 1000)))


def _wrapped(group: Sequence[Word]) -> list[str]:
    lines: list[str] = []
    for word in group:
        text = _shown(word)
        if lines and len(lines[-1]) + 1 + len(text) <= LONGEST_LINE:
            lines[-1] += " " + text
        else:
            # Nothing is that long but what is no word, such as an address.
            lines += [text[n : n + LONGEST_LINE] for n in range(0, len(text), LONGEST_LINE)]
    return lines


def _balanced(group: Sequence[Word]) -> list[str] | None:
    """The two lines whose lengths differ least, or None if no cut between words fits."""
    cuts = [[_line(group[:count]), _line(group[count:])] for count in range(1, len(group))]
    fitting = [cut for cut in cuts if max(map(len, cut)) <= LONGEST_LINE]
    return min(fitting, key=_imbalance, default=None)


def _imbalance(cut: list[str]) -> int:
    # A clause that ends with the line is worth an uneven one.
    return abs(len(cut[0]) - len(cut[1])) - (12 if cut[0].endswith(_CLAUSE_ENDS) else 0)


def _line(group: Sequence[Word]) -> str:
    return " ".join(map(_shown, group))


def _shown(word: Word) -> str:
    return " ".join(word.written.split())


def _text(cue: Cue) -> str:
    return "\n".join(cue.lines)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _time(ms: int, mark: str) -> str:
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}{mark}{ms % 1000:03}"
