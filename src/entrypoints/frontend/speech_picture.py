"""
The speech picture: a voice's level, words at their times, and below them what is final.

It is drawn here for the pages before sign-in; the playground draws the same from live results.
"""

from collections.abc import Sequence
from math import pi, sin

import attrs

from markupsafe import Markup, escape


_BARS = 150
_MIDDLE, _LOUDEST = 30, 26


@attrs.frozen
class SpokenWord:
    """
    Attributes:
        begin, end: In seconds.
    """

    text: str
    begin: float
    end: float
    is_final: bool


ENTRANCE_WORDS = (
    SpokenWord("gate", 0.60, 1.22, True),
    SpokenWord("fourteen,", 1.40, 2.76, True),
    SpokenWord("and", 3.82, 4.24, False),
    SpokenWord("the", 4.40, 4.72, False),
    SpokenWord("driver", 4.94, 5.62, False),
    SpokenWord("asks", 5.96, 6.64, False),
)


def picture(words: Sequence[SpokenWord], seconds: float) -> Markup:
    """The first *seconds*, of which all were spoken."""

    def x(time: float) -> str:
        return f"{100 * time / seconds:.2f}%"

    level = f'viewBox="0 0 1000 60" preserveAspectRatio="none">{_level(words, seconds)}</svg>'
    parts = [f'<svg width="100%" height="60" {level}']
    for word in words:
        kind = "" if word.is_final else " {}-interim"
        parts.append(
            f'<text x="{x(word.begin)}" y="82" class="w{kind.format("w")}">{escape(word.text)}</text>'
            f'<line x1="{x(word.begin)}" x2="{x(word.end)}" y1="64.5" y2="64.5" '
            f'class="span{kind.format("span")}"/>'
        )
    finals = [word for word in words if word.is_final]
    interims = [word for word in words if not word.is_final]
    if finals:
        end = x(finals[-1].end)
        parts.append(
            f'<line x1="0" x2="{end}" y1="100.5" y2="100.5" class="res"/>'
            f'<line x1="{end}" x2="{end}" y1="95" y2="106" class="res"/>'
            f'<text x="{end}" dx="-8" y="119" text-anchor="end" class="res-label">final</text>'
        )
    if interims:
        begin = x(interims[0].begin)
        parts.append(
            f'<line x1="{begin}" x2="99.6%" y1="100.5" y2="100.5" class="res res-interim"/>'
            f'<text x="{begin}" y="119" class="res-label">interim, may change</text>'
        )
    parts.append('<line x1="100%" x2="100%" y1="0" y2="110" class="now"/>')
    return Markup(  # noqa: S704 (texts are escaped above)
        f'<svg class="speech" width="100%" height="124" aria-hidden="true">{"".join(parts)}</svg>'
    )


def _level(words: Sequence[SpokenWord], seconds: float) -> str:
    """The level as strokes: loud within words, quiet between them."""
    paths = {"lv lv-quiet": "", "lv": "", "lv lv-interim": ""}
    for number in range(_BARS):
        time = (number + 0.5) * seconds / _BARS
        word = next((one for one in words if one.begin <= time <= one.end), None)
        # As uneven as a voice is, and the same at each start.
        uneven = 0.72 + 0.28 * sin(number * 2.399) * sin(number * 0.871)
        if word is None:
            kind, half = "lv lv-quiet", 0.6 + uneven
        else:
            within = (time - word.begin) / (word.end - word.begin)
            kind = "lv" if word.is_final else "lv lv-interim"
            half = _LOUDEST * (0.3 + 0.7 * sin(pi * within)) * uneven
        at = (number + 0.5) * 1000 / _BARS
        paths[kind] += f"M{at:.0f} {_MIDDLE - half:.0f}v{max(1, 2 * half):.0f}"
    return "".join(f'<path class="{kind}" d="{path}"/>' for kind, path in paths.items() if path)
