"""The credential in a request's `Authorization`."""

import pytest

from entrypoints.http.credentials import credentials_of


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Token org_1", "org_1"),
        ("bEARER org_1", "org_1"),
        ("  Bearer   org_1  ", "org_1"),
        ("Token two words ", "two words"),
        ("Token o", "o"),
        ("Token \u00e9\n", "\u00e9"),
        ("To\u212aen org_1", None),  # the Kelvin sign
        ("Basic org_1", None),
        ("Tokenorg_1", None),
        ("Token", None),
        ("Token  ", None),
        ("org_1", None),
        ("", None),
    ],
)
def test_scheme_is_token_or_bearer_in_any_case(header, expected):
    """
    Spaces around the credential do not count.
    """
    assert credentials_of({"authorization": header}).text == expected
