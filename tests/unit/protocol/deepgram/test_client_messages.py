"""Messages that clients of a live stream may send (public-api, section 5)."""

import json

import pytest

from hypothesis import given
from hypothesis import strategies as st

from aldea_core.protocol.deepgram import client_messages
from aldea_core.protocol.deepgram.client_messages import (
    CloseStream,
    Configure,
    Finalize,
    KeepAlive,
    Malformed,
)


_NO_CHANNEL = 'The field "channel" must be the number of a channel, from 0.'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"type":"KeepAlive"}', KeepAlive()),
        ('{ "type" : "KeepAlive" , "more": 1 }', KeepAlive()),
        ('{"type":"Finalize"}', Finalize()),
        ('{"type":\n"Finalize"}', Finalize()),
        ('{"type":"Finalize","channel":null}', Finalize()),
        ('{"type":"Finalize","channel":1}', Finalize(1)),
        *(
            (f'{{"type":"Finalize","channel":{wrong}}}', Malformed(_NO_CHANNEL))
            for wrong in ("true", "-1", '"0"', "[0, 2]", "0.5")
        ),
        (b'{"type":"CloseStream"}', CloseStream()),
        (b'{"type": "CloseStream", "more": 1}', CloseStream()),
        ('{"type":"Configure","a":1}', Configure({"a": 1})),
        ("{", Malformed("The text is not JSON.")),
        ("[" * 100_000, Malformed("The text is not JSON.")),
        ('"KeepAlive"', Malformed("The text is not a JSON object.")),
        ('{"eof":1}', Malformed('The field "type" is missing.')),
        (
            '{"type":"Dance"}',
            Malformed("The type 'Dance' is none of KeepAlive, Finalize, CloseStream, Configure."),
        ),
    ],
)
def test_known_messages_are_parsed(text: str, expected: client_messages.Message) -> None:
    """
    Spacing and further fields do not matter; errors are named.
    """
    assert expected == client_messages.parse(text)


# Hypothesis also tries the texts of our own sources, and some of those are messages.
@given(
    st.text().filter(lambda text: '"type"' not in text)
    | st.binary().filter(lambda data: b'"type"' not in data)
)
def test_malformed_text_does_not_end_the_stream(text: str | bytes) -> None:
    """
    No text ends a stream.
    """
    assert isinstance(client_messages.parse(text), Malformed)


def test_written_messages_are_read_back() -> None:
    assert client_messages.parse(client_messages.KEEP_ALIVE_TEXT) == KeepAlive()
    for channel in (None, 0, 3):
        assert client_messages.parse(client_messages.finalize_text(channel)) == Finalize(channel)
    assert client_messages.parse(client_messages.CLOSE_STREAM_TEXT) == CloseStream()
    assert client_messages.parse(client_messages.configure_text({"a": [1]})) == Configure(
        {"a": [1]}
    )
    assert json.loads(client_messages.configure_text({}))["type"] == "Configure"
