"""
The company's colour in the place of the accent, with a contrast that people can read (WCAG 2.2 AA).

A colour is what buttons are filled with and links are written in, so it stands on every ground, and a
text stands on it. One that cannot be read there is refused, by the contrast that it has.
"""

import re

from collections.abc import Iterator

import attrs


# WCAG 2.2, 1.4.3: text of normal size.
_LEAST_CONTRAST = 4.5
# Of a colour that is made for the dark theme, so that it stays readable on its own tint.
_LIGHT = 6.5
_WHITE, _BLACK, _INK_ON_LIGHT = "#ffffff", "#000000", "#06222b"
# The grounds of `aldea.css`, by theme: surface, canvas, sunken.
_GROUNDS = {
    "light": ("#ffffff", "#f5f7f7", "#edf1f1"),
    "dark": ("#141a1c", "#0d1213", "#0a0e0f"),
}
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_STEPS = 50


@attrs.frozen
class Accent:
    """
    Attributes:
        colour: Of buttons and links.
        strong: Of buttons under the pointer.
        soft: The ground of what is chosen.
        text: What is written on the colour.
    """

    colour: str
    strong: str
    soft: str
    text: str


def accents(colours: tuple[str, ...]) -> tuple[Accent, Accent]:
    """
    The accents of the light and the dark theme. Without a colour for the dark one, it is the first
    made lighter until it can be read there.

    Args:
        colours: One or two, as #0a6580.

    Raises:
        ValueError: One is no colour, or cannot be read on the theme's grounds.
    """
    if not 1 <= len(colours) <= 2 or not all(_COLOUR.fullmatch(one.lower()) for one in colours):
        raise ValueError("one colour or two, as #0a6580 or #0a6580,#63c3df")
    light = colours[0].lower()
    _check(light, "light")
    if len(colours) == 2:
        dark = colours[1].lower()
        _check(dark, "dark")
    else:
        dark = next(one for one in _towards(light, _WHITE) if _least(one, "dark") >= _LIGHT)
    return _accent(light, "light", _BLACK), _accent(dark, "dark", _WHITE)


def readable(text: str) -> tuple[str, ...]:
    """
    A setting's colours; none for an empty text.

    Raises:
        ValueError: See `accents`.
    """
    colours = tuple(part.strip() for part in text.split(",") if part.strip())
    if colours:
        accents(colours)
    return colours


def theme_css(light: Accent, dark: Accent) -> str:
    """The style sheet that puts the accents in the place of the tokens."""
    pairs = (
        ("accent", light.colour, dark.colour),
        ("accent-strong", light.strong, dark.strong),
        ("accent-soft", light.soft, dark.soft),
        ("on-accent", light.text, dark.text),
    )
    lines = (f"--{name}: light-dark({one}, {other});" for name, one, other in pairs)
    return ":root { " + " ".join(lines) + " }\n"


def contrast(one: str, other: str) -> float:
    """WCAG's contrast of two colours, from 1 to 21."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _accent(colour: str, theme: str, stronger: str) -> Accent:
    text = max((_WHITE, _INK_ON_LIGHT), key=lambda one: contrast(one, colour))
    stronger = _mix(colour, stronger, 0.2)
    strong = stronger if contrast(stronger, text) >= _LEAST_CONTRAST else colour
    # The strongest tint on which the colour can still be read.
    surface = _GROUNDS[theme][0]
    tints = (_mix(surface, colour, part / 100) for part in range(18, -1, -1))
    soft = next((one for one in tints if contrast(one, colour) >= _LEAST_CONTRAST), surface)
    return Accent(colour, strong, soft, text)


def _check(colour: str, theme: str) -> None:
    least = _least(colour, theme)
    if least < _LEAST_CONTRAST:
        raise ValueError(
            f"colours that can be read: {colour} has a contrast of {least:.1f} on the {theme} theme's "
            f"grounds, and {_LEAST_CONTRAST} is the least"
        )


def _least(colour: str, theme: str) -> float:
    """The contrast on the theme's grounds, and of the text on it: the least of them."""
    text = max(contrast(one, colour) for one in (_WHITE, _INK_ON_LIGHT))
    return min(text, *(contrast(colour, ground) for ground in _GROUNDS[theme]))


def _towards(colour: str, end: str) -> Iterator[str]:
    for step in range(_STEPS + 1):
        yield _mix(colour, end, step / _STEPS)


def _mix(colour: str, other: str, part: float) -> str:
    """*colour* with *part* of *other*, from 0 to 1."""
    mixed = (
        round(one + (two - one) * part) for one, two in zip(_rgb(colour), _rgb(other), strict=True)
    )
    return "#" + "".join(f"{number:02x}" for number in mixed)


def _luminance(colour: str) -> float:
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (number / 255 for number in _rgb(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))
