"""Bounds of listening tokens."""

import pytest

from tests.contract.values import known_key

from aldea_core.domain.access.grants import Grant, origin_of
from aldea_core.domain.errors import BadRequest


HASH = known_key().hash


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://app.example.com", "https://app.example.com"),
        ("HTTPS://App.Example.com:443", "https://app.example.com"),
        ("http://localhost:80", "http://localhost"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
    ],
)
def test_origin_is_as_browsers_send_it(text, origin):
    assert origin_of(text) == origin


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "*",
        "app.example.com",
        "ftp://x",
        "https://x/",
        "https://u@x",
        "https://x:123456",
    ],
)
def test_what_is_no_origin_is_refused(text):
    with pytest.raises(BadRequest, match="origin"):
        Grant(HASH, origin=text).checked()


@pytest.mark.parametrize(
    ("bounds", "field"),
    [
        ({"audio_ms": 0}, "audio_seconds"),
        ({"audio_ms": 86_401_000}, "audio_seconds"),
        ({"tags": ("a b",)}, "tags"),
        ({"tags": ("",)}, "tags"),
        ({"tags": tuple("abcdef")}, "tags"),
    ],
)
def test_wrong_bounds_are_named(bounds, field):
    with pytest.raises(BadRequest) as wrong:
        Grant(HASH, **bounds).checked()
    assert wrong.value.field == field
