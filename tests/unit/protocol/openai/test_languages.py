"""Codes and names of languages."""

import pytest

from aldea_core.protocol.openai.languages import code_of, name_of


@pytest.mark.parametrize(
    ("code", "name"),
    [("en", "english"), ("ht", "haitian creole"), ("zh", "chinese"), ("yue", "cantonese")],
)
def test_language_has_a_name(code, name):
    assert name_of(code) == name
    assert code_of(name) == code


def test_region_is_not_in_the_name():
    assert name_of("pt-BR") == "portuguese"
    assert code_of("English") == "en"


def test_language_without_a_name_stays():
    """As do codes where a name is expected: some servers of this protocol answer with them."""
    assert name_of("tlh") == "tlh"
    assert code_of("fr") == "fr"
