"""Requested options that an engine ignores."""

from aldea_core.domain.transcripts.options import FileOptions
from aldea_core.domain.transcripts.unsupported import unsupported


IGNORED = {"diarize", "keywords", "detect_language"}


def names(options: FileOptions, understood=()) -> list[str]:
    warnings = unsupported(options, IGNORED, understood)
    assert all(warning.endswith(" is not supported by this engine.") for warning in warnings)
    return [warning.partition(" ")[0] for warning in warnings]


def test_ignored_options_are_named_if_they_are_requested():
    assert names(FileOptions()) == []
    assert names(FileOptions(diarize=True, keywords=("a",), redact=("pci",))) == [
        "diarize",
        "keywords",
    ]


def test_forwarded_parameters_are_named_once_unless_they_request_nothing():
    forwarded = (
        ("keyterm", "a"),
        ("keyterm", "b"),
        ("filler_words", "False"),
        ("made_up", "1"),
        ("prompt", "x"),
    )

    assert names(FileOptions(forwarded=forwarded), {"prompt"}) == ["keyterm", "made_up"]
