"""Fields of OpenAI's form."""

import pytest

from aldea_core.domain.errors import BadRequest
from aldea_core.domain.transcripts.options import FileOptions
from aldea_core.protocol.deepgram.parameters import file_options
from aldea_core.protocol.openai.form import DETECTED, Granularity, ResponseFormat, parse_form


def test_fields_become_options():
    form = parse_form(
        [
            ("model", "whisper-1"),
            ("language", "es"),
            ("prompt", "Names: " + "x" * 1000),
            ("temperature", "0.2"),
            ("response_format", "verbose_json"),
            ("timestamp_granularities[]", "word"),
            ("timestamp_granularities[]", "segment"),
            ("include[]", "logprobs"),
        ]
    )
    options = form.options(FileOptions(tags=("a",), redact=("pci",)))

    assert (options.model, options.language, options.punctuate) == ("whisper-1", "es", True)
    assert (options.tags, options.redact) == (("a",), ("pci",))
    assert dict(options.forwarded) == {"prompt": "x" * 600, "temperature": "0.2"}
    assert form.response_format is ResponseFormat.VERBOSE_JSON
    assert form.granularities == set(Granularity)
    assert form.ignored == ("include",)


@pytest.mark.parametrize(
    ("query", "field", "means"),
    [
        ("", "", "auto"),
        ("de", "", "de"),
        ("", "fr", "fr"),
        ("de", "fr", "fr"),
        ("auto", "", "auto"),
    ],
)
def test_language_is_detected_unless_it_is_named(query, field, means):
    """
    By the form or by the URL's query; the form's holds.
    """
    named = file_options([("language", query)] if query else [], language=DETECTED)

    assert parse_form([("language", field)]).options(named).language == means


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"response_format": "xml"}, "response_format"),
        ({"response_format": "diarized_json"}, "response_format"),
        ({"temperature": "1.5"}, "temperature"),
        ({"temperature": "nan"}, "temperature"),
        ({"temperature": "warm"}, "temperature"),
        ({"temperature": "0_5"}, "temperature"),
        ({"language": "?"}, "language"),
        ({"model": "x" * 300}, "model"),
        ({"stream": "maybe"}, "stream"),
        ({"stream": "true", "response_format": "srt"}, "stream"),
        ({"timestamp_granularities[]": "word"}, "timestamp_granularities"),
        (
            {"timestamp_granularities[]": "letter", "response_format": "verbose_json"},
            "timestamp_granularities",
        ),
    ],
)
def test_malformed_field_is_refused_by_name(fields, field):
    with pytest.raises(BadRequest) as refused:
        parse_form(fields.items())

    assert refused.value.field == field
    assert field in str(refused.value)
