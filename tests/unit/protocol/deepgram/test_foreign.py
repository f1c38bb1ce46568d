"""Results of foreign engines are adapted without parsing them, with the same outcome."""

import json

import pytest

from hypothesis import given
from hypothesis import strategies as st

from aldea_core.domain.transcripts.transcripts import ResultHead
from aldea_core.protocol.deepgram import foreign


def said(transcript="it is", *, text=None, is_final=False, from_finalize=False):
    """In Deepgram's order."""
    return {
        "type": "Results",
        **({} if text is None else {"text": text}),
        "channel_index": [1, 2],
        "duration": 1.5,
        "start": 2,
        "is_final": is_final,
        "speech_final": False,
        "channel": {
            "alternatives": [
                {"transcript": transcript, "confidence": 0.5, "words": [{"word": transcript}]},
                {"transcript": "another", "confidence": 0.1, "words": []},
            ]
        },
        "metadata": {"request_id": "its own", "model_info": {"name": "m"}, "model_uuid": "u"},
        "from_finalize": from_finalize,
    }


def adapt(text):
    shape = foreign.shape_of(text, b'"me"')
    match = shape.match(text, 0)
    return None if match is None else shape.form % match.groups()


TEXTS = st.text(st.characters(codec="utf-8"), max_size=30) | st.sampled_from(
    ['"transcript":"x"', '\\"request_id\\":', "{[", '"text":', "\\"]
)
STYLES = [{"separators": (",", ":")}, {}, {"indent": 2}]


@given(TEXTS, st.sampled_from(STYLES), st.booleans(), st.booleans())
def test_text_and_request_id_are_inserted(transcript, style, is_ascii, is_final):
    """
    Whatever the JSON spelling and the words; all else stays.
    """
    result = said(transcript, is_final=is_final)
    adapted = adapt(json.dumps(result, ensure_ascii=is_ascii, **style).encode())

    result["metadata"]["request_id"] = "me"
    assert json.loads(adapted) == {"text": transcript, **result}


def test_existing_text_stays():
    adapted = adapt(json.dumps(said(text="It is.")).encode())

    assert json.loads(adapted)["text"] == "It is."


@pytest.mark.parametrize("style", STYLES)
def test_head_equals_the_parsed_result(style):
    text = json.dumps(said(is_final=True, from_finalize=True), **style).encode()

    assert foreign.head_in(text) == ResultHead(2.0, 1.5, 1, 2, True, True)


@pytest.mark.parametrize(
    "text",
    [b"", b"{}", b'{"type":"Metadata"}', b'{"start":1,"type":"Results"}', b'{"type":"Results"}'],
)
def test_unusual_field_order_needs_parsing(text):
    """
    So does a message that is no result.
    """
    assert adapt(text) is foreign.head_in(text) is None
