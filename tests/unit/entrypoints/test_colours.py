"""The company's colour: what it becomes in both themes, and which ones are refused."""

import re

import pytest

from entrypoints.configuration.colours import accents, contrast, theme_css


LIGHT, DARK = "#ffffff", "#141a1c"


def test_contrast_is_that_of_wcag():
    assert contrast("#000000", "#ffffff") == 21
    assert round(contrast("#0a6580", "#ffffff"), 2) == 6.59
    assert contrast("#767676", "#ffffff") == contrast("#ffffff", "#767676")


@pytest.mark.parametrize("colour", ["#0a6580", "#7A1FA2", "#004b23", "#000000", "#b3261e"])
def test_all_that_is_made_of_a_colour_can_be_read(colour):
    light, dark = accents((colour,))

    assert light.colour == colour.lower()
    for accent, surface in ((light, LIGHT), (dark, DARK)):
        assert contrast(accent.colour, surface) >= 4.5
        assert contrast(accent.colour, accent.soft) >= 4.5
        assert contrast(accent.text, accent.colour) >= 4.5
        assert contrast(accent.text, accent.strong) >= 4.5


def test_two_colours_are_taken_as_they_are():
    light, dark = accents(("#0a6580", "#63C3DF"))

    assert (light.colour, dark.colour) == ("#0a6580", "#63c3df")
    assert re.search(r"--accent: light-dark\(#0a6580, #63c3df\);", theme_css(light, dark))


@pytest.mark.parametrize(
    ("colours", "said"),
    [
        (("#ffd400",), "#ffd400 has a contrast of 1.3 on the light theme's grounds"),
        (("#0a6580", "#0a6580"), "on the dark theme's grounds, and 4.5 is the least"),
        (("petrol",), "one colour or two"),
        (("#0a6580;}",), "one colour or two"),
        ((), "one colour or two"),
    ],
)
def test_colour_that_cannot_be_read_is_refused_with_its_contrast(colours, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        accents(colours)
