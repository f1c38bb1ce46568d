"""Messages of a live stream, field by field (public-api, section 5)."""

import json

from datetime import UTC, datetime

import attrs
import pytest

from hypothesis import given
from hypothesis import strategies as st

from aldea_core.domain.ids import SessionId
from aldea_core.domain.transcripts.transcripts import (
    Alternative,
    LiveEvent,
    Model,
    Result,
    ResultHead,
    SpeechStarted,
    Summary,
    UtteranceEnd,
    Word,
)
from aldea_core.protocol.deepgram import engine_messages, live_messages


MODEL = Model("general", "1.2", "tiny", "4d1b2c3a-0000-4000-8000-000000000000")
STARTED = datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)
FRAMER = live_messages.Framer(SessionId("the-request"), MODEL, STARTED, ("tag",))
RESULT = Result(
    1.0,
    0.5,
    Alternative(
        "Hello wörld",
        0.75,
        (Word("hello", 1.0, 1.2, 0.5, "Hello"), Word("wörld", 1.2, 1.5, 1.0, None, 1, "en")),
    ),
    channel=1,
    channels=2,
    is_final=True,
    speech_final=True,
    from_finalize=True,
)


def test_results_have_every_field() -> None:
    """
    `model_info` is flat.
    """
    assert json.loads(FRAMER.frame(RESULT)) == {
        "type": "Results",
        "text": "Hello wörld",
        "channel_index": [1, 2],
        "duration": 0.5,
        "start": 1.0,
        "is_final": True,
        "speech_final": True,
        "from_finalize": True,
        "channel": {
            "alternatives": [
                {
                    "transcript": "Hello wörld",
                    "confidence": 0.75,
                    "words": [
                        {
                            "word": "hello",
                            "start": 1.0,
                            "end": 1.2,
                            "confidence": 0.5,
                            "punctuated_word": "Hello",
                        },
                        {
                            "word": "wörld",
                            "start": 1.2,
                            "end": 1.5,
                            "confidence": 1.0,
                            "speaker": 1,
                            "language": "en",
                        },
                    ],
                    "languages": ["en"],
                },
            ],
        },
        "metadata": {
            "request_id": "the-request",
            "model_info": {"name": "general", "version": "1.2", "arch": "tiny"},
            "model_uuid": MODEL.uuid,
        },
    }


def test_metadata_has_every_field() -> None:
    """
    `model_info` is a map by UUID.
    """
    assert json.loads(FRAMER.frame(Summary(12.3456, "ab12", MODEL, 2))) == {
        "type": "Metadata",
        "transaction_key": "deprecated",
        "request_id": "the-request",
        "sha256": "ab12",
        "created": "2026-01-02T03:04:05.678Z",
        "duration": 12.346,
        "channels": 2,
        "models": [MODEL.uuid],
        "model_info": {MODEL.uuid: {"name": "general", "version": "1.2", "arch": "tiny"}},
        "tags": ["tag"],
    }


def test_metadata_has_warnings_of_what_was_ignored() -> None:
    """
    And no such field if nothing was.
    """
    summary = Summary(1.0, "hash", MODEL, 1, ("diarize is ignored",))

    assert json.loads(FRAMER.frame(summary))["warnings"] == [
        {"type": "unsupported", "message": "diarize is ignored"}
    ]
    assert "warnings" not in json.loads(FRAMER.frame(attrs.evolve(summary, warnings=())))


def test_utterance_end_has_channel_and_last_word_end() -> None:
    """
    The gap's channel and the last word's end.
    """
    assert json.loads(FRAMER.frame(UtteranceEnd(3.1, 0, 1))) == {
        "type": "UtteranceEnd",
        "channel": [0, 1],
        "last_word_end": 3.1,
    }


def test_speech_started_has_channel_and_time() -> None:
    """
    The channel and when.
    """
    assert json.loads(FRAMER.frame(SpeechStarted(0.9, 0, 1))) == {
        "type": "SpeechStarted",
        "channel": [0, 1],
        "timestamp": 0.9,
    }


def test_error_and_configure_answers() -> None:
    """
    For unparsable messages and for Configure.
    """
    assert json.loads(live_messages.schema_error("why")) == {
        "type": "Error",
        "variant": "SchemaError",
        "description": "Could not deserialize last text message.",
        "message": "why",
    }
    assert json.loads(live_messages.configure_answer(done=True)) == {"type": "ConfigureSuccess"}
    assert json.loads(live_messages.configure_answer(done=False, message="why")) == {
        "type": "ConfigureFailure",
        "message": "why",
    }


@pytest.mark.parametrize(
    "event",
    [RESULT, Summary(12.0, "ab", MODEL, 1), UtteranceEnd(3.1), SpeechStarted(0.9)],
)
def test_written_messages_are_read_back(event: LiveEvent) -> None:
    framer = live_messages.Framer(SessionId("r"), MODEL, STARTED)

    assert engine_messages.parse(framer.frame(event)) == event


def test_unknown_message_types_are_ignored() -> None:
    """
    An engine may say what this protocol does not know.
    """
    assert engine_messages.parse('{"type": "Weather"}') is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "nonsense",
        '{"type": "Results"}',
        '{"type": "Results", "channel_index": 5}',
        '{"type": "Metadata", "models": []}',
        '{"type": "UtteranceEnd", "channel": [0], "last_word_end": 1}',
        '{"type": "SpeechStarted", "channel": [0, 1], "timestamp": null}',
        "[" * 100_000,
        *(
            FRAMER.frame(RESULT).replace(f'"{name}":{value}', f'"{name}":{absurd}', 1)
            for name, value in (("start", RESULT.start), ("duration", RESULT.duration))
            for absurd in ("-1", "1e999", "1e9", f"{10**400}", "NaN", '"nan"', "Infinity")
        ),
        *(
            FRAMER.frame(RESULT).replace(before, after, 1)
            for before, after in (
                ('"channel_index":[', '"channel_index":[[0],'),
                ('"channel_index":[', '"channel_index":["0",'),
                ('"channel_index":[', '"channel_index":[-'),
                ('"confidence":', '"confidence":1e999,"c":'),
            )
        ),
    ],
)
def test_untyped_messages_are_refused(text: str) -> None:
    """
    Any bytes give a message or a ValueError.
    """
    with pytest.raises(ValueError):
        engine_messages.parse(text)


def test_results_name_their_model() -> None:
    """
    Other messages do not.
    """
    assert engine_messages.model_in(FRAMER.frame(RESULT)) == MODEL
    assert engine_messages.model_in('{"type":"SpeechStarted"}') is None
    assert engine_messages.model_in('{"metadata":{"model_info":1}}') is None
    with pytest.raises(ValueError):
        engine_messages.model_in("junk")


class TestHeads:
    @given(
        st.builds(
            Result,
            start=st.floats(0, 1e5),
            duration=st.floats(0, 1e5),
            alternative=st.builds(Alternative, transcript=st.text()),
            channel=st.integers(0, 3),
            channels=st.integers(1, 4),
            is_final=st.booleans(),
            speech_final=st.booleans(),
            from_finalize=st.booleans(),
        ),
    )
    def test_heads_equal_the_parsed_results(self, result):
        """
        Whatever the words.
        """
        text = FRAMER.frame(result).encode()
        parsed = engine_messages.parse(text.decode())
        head, again = engine_messages.heads_in(text * 2)

        assert head == ResultHead(
            parsed.start,
            parsed.duration,
            parsed.channel,
            parsed.channels,
            parsed.is_final,
            parsed.from_finalize,
        )
        assert head.end == parsed.end
        assert head == again
        assert engine_messages.heads_in(text, finals_only=True) == [head] * result.is_final
        assert text.count(engine_messages.INTERIM) == (not result.is_final)

    def test_head_inside_a_transcript_is_not_matched(self):
        """
        Nor in other message types.
        """
        said = '"channel_index":[0,1],"duration":9.0,"start":9.0,"is_final":true,"speech_final":true,"from_finalize":true,'
        text = FRAMER.frame(attrs.evolve(RESULT, alternative=Alternative(said)))

        assert [head.end for head in engine_messages.heads_in(text.encode())] == [RESULT.end]
        assert (
            engine_messages.heads_in(json.dumps({"type": "Metadata", "text": said}).encode()) == []
        )
        assert (
            b'"is_final":false'
            not in FRAMER.frame(
                attrs.evolve(RESULT, is_final=True, alternative=Alternative('"is_final":false')),
            ).encode()
        )
