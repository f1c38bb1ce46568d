"""Results in OpenAI's formats."""

import json

import pytest

from tests.contract.values import NOW

from aldea_core.domain.ids import SessionId
from aldea_core.domain.transcripts.options import FileOptions, FileRequest
from aldea_core.domain.transcripts.transcripts import (
    Alternative,
    DetectedLanguage,
    FileTranscript,
    Model,
    Word,
)
from aldea_core.protocol.deepgram import file_answer
from aldea_core.protocol.openai.answers import render
from aldea_core.protocol.openai.form import parse_form


WORDS = (
    Word("hello", 0.5, 0.9, 0.5, "Hello."),
    Word("dear", 3.0, 3.2, 1.0, "Dear"),
    Word("world", 3.3, 3.75, 1.0, "world."),
)


def result(*channels: tuple[Word, ...], language: str = "auto") -> bytes:
    alternatives = tuple(
        Alternative(" ".join(word.written for word in words), 1.0, words) for words in channels
    )
    model = Model("m", "1", "a", "0")
    languages = (DetectedLanguage("es"),) * len(alternatives)
    transcript = FileTranscript(alternatives, 4.2, "", model, languages, ("x is not supported.",))
    options = FileOptions(language=language)
    return file_answer.encode(transcript, FileRequest(SessionId("s"), options), NOW)


def rendered(body: bytes, *fields: tuple[str, str]) -> str:
    return render(body, parse_form(fields)).body.decode()


def test_json_is_text_and_usage():
    assert json.loads(rendered(result(WORDS), ("chunking_strategy", "auto"))) == {
        "text": "Hello. Dear world.",
        "usage": {"type": "duration", "seconds": 5},
        "warnings": ["x is not supported.", "chunking_strategy is not supported."],
    }


def test_verbose_json_has_segments():
    answer = json.loads(rendered(result(WORDS), ("response_format", "verbose_json")))

    assert (answer["task"], answer["language"], answer["duration"]) == (
        "transcribe",
        "spanish",
        4.2,
    )
    assert [(s["id"], s["start"], s["end"], s["text"]) for s in answer["segments"]] == [
        (0, 0.5, 0.9, "Hello."),
        (1, 3.0, 3.75, "Dear world."),
    ]
    assert answer["segments"][0]["avg_logprob"] == -0.693147
    assert "words" not in answer


def test_named_language_is_repeated_by_its_name():
    fields = ("response_format", "verbose_json"), ("language", "en")

    assert json.loads(rendered(result(WORDS, language="en"), *fields))["language"] == "english"


def test_verbose_json_has_words_of_all_channels_by_time():
    other = (Word("and", 1.0, 1.1, 0.9),)
    fields = ("response_format", "verbose_json"), ("timestamp_granularities[]", "word")
    answer = json.loads(rendered(result(WORDS, other), *fields))

    assert [word["word"] for word in answer["words"]] == ["Hello.", "and", "Dear", "world."]
    assert answer["words"][1] == {"word": "and", "start": 1.0, "end": 1.1}
    assert "segments" not in answer


@pytest.mark.parametrize(
    ("wanted", "begins"),
    [
        ("text", "Hello. Dear world.\n"),
        ("srt", "1\n00:00:00,500 --> 00:00:01,500\nHello.\n\n2\n"),
        ("vtt", "WEBVTT\n\n00:00:00.500 --> 00:00:01.500\nHello.\n\n"),
    ],
)
def test_text_and_subtitles_are_answered_in_utf_8(wanted, begins):
    answer = render(result(WORDS), parse_form([("response_format", wanted)]))

    assert answer.body.decode().startswith(begins)
    assert answer.content_type.endswith("charset=utf-8")


def test_stream_is_a_delta_and_the_whole_text():
    answer = render(result(WORDS), parse_form([("stream", "true")]))
    events = [line[6:] for line in answer.body.decode().splitlines() if line.startswith("data: ")]

    assert answer.content_type.startswith("text/event-stream")
    assert [json.loads(event) for event in events] == [
        {"type": "transcript.text.delta", "delta": "Hello. Dear world."},
        {"type": "transcript.text.done", "text": "Hello. Dear world."},
    ]


@pytest.mark.parametrize(
    ("wanted", "expected"), [("text", "\n"), ("srt", ""), ("vtt", "WEBVTT\n\n")]
)
def test_silence_is_empty_text(wanted, expected):
    assert rendered(result(()), ("response_format", wanted)) == expected


def test_silence_has_no_segments():
    answer = json.loads(rendered(result(()), ("response_format", "verbose_json")))

    assert (answer["text"], answer["segments"]) == ("", [])
