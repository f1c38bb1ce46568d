"""Parameters of the playground: its address, and the request that it makes of it."""

import pytest

from multidict import MultiDict

from entrypoints.frontend.playground_options import Options


def test_plain_address_has_the_defaults():
    options = Options.of({})

    assert options == Options()
    assert options.link() == ""
    assert options.of_live() == (
        "language=en&punctuate=true&smart_format=true&tag=playground"
        "&interim_results=true&endpointing=300"
    )


def test_link_leads_to_the_same_options():
    query = {
        "source": "file",
        "model": "whisper-small",
        "language": "es",
        "keyterms": "Aduanas Ibarra, Getxo",
        "endpointing": "500",
        "tag": "a&b",
        "diarize": "true",
        "punctuate": "false",
    }
    options = Options.of(query)

    again = Options.of(dict(part.split("=", 1) for part in _decoded(options.link())))

    assert again == options
    assert options.of_files() == (
        "model=whisper-small&language=es&keyterm=Aduanas+Ibarra&keyterm=Getxo"
        "&smart_format=true&diarize=true&tag=a%26b"
    )


def test_switch_that_a_form_sends_is_as_its_last_value():
    """
    A form sends false for each switch, and on after it where it is on.
    """
    on = MultiDict([("diarize", "false"), ("diarize", "on")])

    assert Options.of(on).switches["diarize"]
    assert not Options.of({"punctuate": "false"}).switches["punctuate"]


@pytest.mark.parametrize(
    ("name", "value", "otherwise"),
    [("source", "<x>", "microphone"), ("language", "xx", "en"), ("endpointing", "-1", "")],
)
def test_values_that_are_none_are_left_out(name, value, otherwise):
    assert getattr(Options.of({name: value}), name) == otherwise


def test_text_is_bounded():
    assert len(Options.of({"model": "x" * 5000}).model) == 300


def _decoded(link):
    from urllib.parse import parse_qsl

    return [f"{name}={value}" for name, value in parse_qsl(link.removeprefix("?"))]
