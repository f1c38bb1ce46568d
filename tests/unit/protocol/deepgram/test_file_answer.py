"""The response to a file, field by field."""

import json
import uuid

from datetime import UTC, datetime

import attrs
import pytest

from aldea_core.domain.ids import SessionId
from aldea_core.domain.transcripts.options import Callback, FileOptions, FileRequest
from aldea_core.domain.transcripts.transcripts import (
    Alternative,
    DetectedLanguage,
    FileTranscript,
    Model,
    Word,
)
from aldea_core.protocol.deepgram.callback_body import with_metadata
from aldea_core.protocol.deepgram.file_answer import adopt, encode


SESSION = SessionId("0f8fad5b-d9cb-469f-a165-70867728950e")
MODEL = Model("general", "2026-01-01", "hmm", "30089e05-99d1-4376-b32e-c263170674af")
WORDS = (
    Word("hello", 0.1, 0.4, 0.9, "Hello"),
    Word("there", 0.5, 0.8, 0.7, "there."),
    Word("bye", 3.5, 3.9, 0.8, "Bye."),
)
ALTERNATIVE = Alternative("Hello there. Bye.", 0.8, WORDS)
TRANSCRIPT = FileTranscript(
    (ALTERNATIVE,), 4.0004, "ab" * 32, MODEL, (DetectedLanguage("en", 0.75),)
)
CREATED = datetime(2026, 1, 2, 3, 4, 5, 678_900, tzinfo=UTC)


def answer(transcript: FileTranscript = TRANSCRIPT, **options) -> dict:
    request = FileRequest(SESSION, FileOptions(**options))
    return json.loads(encode(transcript, request, CREATED))


def test_response_has_every_published_field():
    """
    With its type.
    """
    assert answer() == {
        "text": "Hello there. Bye.",
        "metadata": {
            "transaction_key": "deprecated",
            "request_id": SESSION,
            "sha256": "ab" * 32,
            "created": "2026-01-02T03:04:05.678Z",
            "duration": 4.0,
            "channels": 1,
            "models": [MODEL.uuid],
            "model_info": {
                MODEL.uuid: {"name": "general", "version": "2026-01-01", "arch": "hmm"},
            },
        },
        "results": {
            "channels": [
                {
                    "alternatives": [
                        {
                            "transcript": "Hello there. Bye.",
                            "confidence": 0.8,
                            "words": [
                                {
                                    "word": "hello",
                                    "start": 0.1,
                                    "end": 0.4,
                                    "confidence": 0.9,
                                    "punctuated_word": "Hello",
                                },
                                {
                                    "word": "there",
                                    "start": 0.5,
                                    "end": 0.8,
                                    "confidence": 0.7,
                                    "punctuated_word": "there.",
                                },
                                {
                                    "word": "bye",
                                    "start": 3.5,
                                    "end": 3.9,
                                    "confidence": 0.8,
                                    "punctuated_word": "Bye.",
                                },
                            ],
                        },
                    ],
                },
            ],
        },
    }


def test_silence_has_an_empty_transcript():
    silent = answer(attrs.evolve(TRANSCRIPT, channels=(Alternative(),)))

    assert silent["text"] == ""
    assert silent["results"]["channels"][0]["alternatives"] == [
        {"transcript": "", "confidence": 0.0, "words": []},
    ]


def test_each_channel_has_its_alternatives():
    """
    The text has them all.
    """
    both = answer(attrs.evolve(TRANSCRIPT, channels=(ALTERNATIVE, Alternative("Yes.", 0.5))))

    assert both["text"] == "Hello there. Bye.\nYes."
    assert both["metadata"]["channels"] == 2
    assert len(both["results"]["channels"]) == 2


def test_paragraphs_and_sentences():
    """
    Sentences end at full stops, paragraphs at long pauses.
    """
    found = answer(paragraphs=True)["results"]["channels"][0]["alternatives"][0]["paragraphs"]

    assert found["transcript"] == "Hello there.\n\nBye."
    assert found["paragraphs"] == [
        {
            "sentences": [{"text": "Hello there.", "start": 0.1, "end": 0.8}],
            "num_words": 2,
            "start": 0.1,
            "end": 0.8,
        },
        {
            "sentences": [{"text": "Bye.", "start": 3.5, "end": 3.9}],
            "num_words": 1,
            "start": 3.5,
            "end": 3.9,
        },
    ]


def test_utterances_are_separated_by_the_requested_pause():
    """
    Their ids are reproducible.
    """
    first, second = answer(utterances=True)["results"]["utterances"]

    assert (first["transcript"], first["start"], first["end"]) == ("Hello there.", 0.1, 0.8)
    assert (second["channel"], second["confidence"], len(second["words"])) == (0, 0.8, 1)
    assert uuid.UUID(first["id"]) != uuid.UUID(second["id"])
    assert answer(utterances=True)["results"]["utterances"][0]["id"] == first["id"]
    assert len(answer(utterances=True, utterance_gap=5.0)["results"]["utterances"]) == 1


def test_speakers_separate_utterances_and_paragraphs():
    words = tuple(attrs.evolve(word, speaker=n // 2) for n, word in enumerate(WORDS))
    spoken = attrs.evolve(TRANSCRIPT, channels=(attrs.evolve(ALTERNATIVE, words=words),))
    found = answer(spoken, utterances=True, utterance_gap=60.0, paragraphs=True)["results"]

    assert [utterance["speaker"] for utterance in found["utterances"]] == [0, 1]
    alternative = found["channels"][0]["alternatives"][0]
    assert [part["speaker"] for part in alternative["paragraphs"]["paragraphs"]] == [0, 1]
    assert [word["speaker"] for word in alternative["words"]] == [0, 0, 1]


def test_search_finds_every_occurrence():
    """
    In any case.
    """
    found = answer(search=("HELLO there", "dog"))["results"]["channels"][0]["search"]

    assert found == [
        {
            "query": "HELLO there",
            "hits": [{"confidence": 0.8, "start": 0.1, "end": 0.8, "snippet": "Hello there."}],
        },
        {"query": "dog", "hits": []},
    ]


def test_answer_has_tags_extra_warnings_and_the_detected_language():
    """
    Tags, extra, warnings, and the detected language.
    """
    transcript = attrs.evolve(TRANSCRIPT, warnings=("Diarization is not done.",))
    found = answer(transcript, tags=("a",), extra=(("k", "v"),), detect_language=True)

    assert found["metadata"]["tags"] == ["a"]
    assert found["metadata"]["extra"] == {"k": "v"}
    assert found["metadata"]["warnings"][0]["message"] == "Diarization is not done."
    channel = found["results"]["channels"][0]
    assert (channel["detected_language"], channel["language_confidence"]) == ("en", 0.75)


class TestAdopt:
    REQUEST = FileRequest(SESSION, FileOptions())

    def test_foreign_response_is_adapted(self):
        """
        With `text`, under the id the client knows, with the reported duration.
        """
        foreign = answer()
        del foreign["text"], foreign["metadata"]["transaction_key"]
        foreign["metadata"]["request_id"] = "theirs"

        body, audio_ms, channels, model = adopt(json.dumps(foreign).encode(), self.REQUEST)

        adopted = json.loads(body)
        assert adopted["text"] == "Hello there. Bye."
        assert adopted["metadata"]["request_id"] == SESSION
        assert adopted["metadata"]["transaction_key"] == "deprecated"
        assert (audio_ms, channels, model) == (4000, 1, "general")

    def test_channels_and_model_come_from_the_response(self):
        """
        Channels with results; no model if none is readable.
        """
        foreign = answer()
        foreign["results"]["channels"] *= 2
        foreign["metadata"]["channels"] = 1
        foreign["metadata"]["model_info"] = {"another": {"name": "big"}}

        _, _, channels, model = adopt(json.dumps(foreign).encode(), self.REQUEST)

        assert (channels, model) == (2, "")

    def test_text_of_bundled_engine_stays(self):
        ours = {**answer(), "text": "as it is"}

        assert json.loads(adopt(json.dumps(ours).encode(), self.REQUEST)[0])["text"] == "as it is"

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"<html>",
            b"[]",
            b"{}",
            b'{"results":{"channels":[]},"metadata":{}}',
            b'{"results":{"channels":[{}]},"metadata":{"duration":1}}',
            b'{"results":{"channels":[]},"metadata":{"duration":"NaN"}}',
            b'{"results":{"channels":[]},"metadata":{"duration":Infinity}}',
            b'{"results":{"channels":[]},"metadata":{"duration":-5}}',  # would be a credit
            b"[" * 100_000,
        ],
    )
    def test_invalid_response_is_an_error(self, body):
        with pytest.raises(ValueError):
            adopt(body, self.REQUEST)


class TestCallbackBody:
    def test_callback_body_has_the_callers_metadata(self):
        """
        Beside the whole response.
        """
        body = with_metadata(b'{"text":"x"}', Callback("https://x.test", metadata='{"a":[1]}'))

        assert json.loads(body) == {"text": "x", "callback_metadata": {"a": [1]}}

    @pytest.mark.parametrize("body", [b"{}", b"{ }\n", b'{"a":"}"}', rb'{"a":"\ud800"} '])
    def test_callback_body_has_the_response_as_it_came(self, body):
        """
        Whatever is in it, text that no UTF-8 can hold too.
        """
        whole = with_metadata(body, Callback("https://x.test", metadata='{"b":1}'))

        assert json.loads(whole) == {**json.loads(body), "callback_metadata": {"b": 1}}

    def test_callback_body_without_metadata_is_the_response(self):
        """
        The answer is passed on as it is.
        """
        assert with_metadata(b'{"text": "x"}', Callback("https://x.test")) == b'{"text": "x"}'
