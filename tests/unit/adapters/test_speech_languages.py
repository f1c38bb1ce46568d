"""What is listened for, and which language a channel is in."""

import pytest

from adapters.speech.languages import SpokenWindow, most_spoken
from adapters.speech.recogniser import Task
from adapters.whisper.languages import likeliest
from aldea_core.domain.transcripts.options import FileOptions
from aldea_core.domain.transcripts.transcripts import DetectedLanguage


def test_language_of_a_channel_is_that_of_most_words():
    """With the confidence of its windows, by their words."""
    windows = [
        SpokenWindow("de", 0.9, 10),
        SpokenWindow("en", 0.8, 30),
        SpokenWindow("en", 0.6, 10),
        SpokenWindow("fr", 1.0, 1),
    ]

    detected = most_spoken(windows, "auto")
    assert detected.language == "en"
    assert detected.confidence == pytest.approx(0.75)


def test_language_that_was_not_detected_has_no_confidence():
    assert most_spoken([SpokenWindow("es", None, 3)], "es") == DetectedLanguage("es")
    assert most_spoken([], "es") == DetectedLanguage("es")
    assert most_spoken([], "") == DetectedLanguage("en")


def test_language_is_detected_among_candidates():
    """The probability is that among them; unknown candidates are none."""
    found = [("de", 0.6), ("nl", 0.3), ("en", 0.1)]

    for candidates, likely in (
        (set(), ("de", 0.6)),
        ({"nl", "en"}, ("nl", 0.75)),
        ({"xx"}, ("de", 0.6)),
    ):
        language, probability = likeliest(found, candidates)
        assert (language, round(probability, 6)) == likely


def test_options_say_what_is_listened_for():
    options = FileOptions(
        language="es",
        detect_language=True,
        language_candidates=("es", "pt-BR"),
        keyterm=("two words",),
        keywords=("Aldea:2", "Nell:-1.5", "a:b", ":3"),
    )

    assert Task.of(options) == Task(
        "auto", ("es", "pt-BR"), ("two words", "Aldea", "Nell", "a:b", ":3")
    )
    assert Task.of(FileOptions(language="es")) == Task("es")
    assert Task.of(FileOptions(language="multi")) == Task("auto")
