"""The query parameters that ask an engine for options: the reverse of `parameters`."""

from functools import lru_cache
from urllib.parse import urlencode

import attrs

from aldea_core.domain.transcripts.options import FileOptions, LiveOptions, TranscriptionOptions


@lru_cache(512)  # applications ask for the same options again and again
def to_query(options: TranscriptionOptions) -> str:
    """`to_pairs` as a URL's query string."""
    return urlencode(to_pairs(options))


def to_pairs(options: TranscriptionOptions) -> list[tuple[str, str]]:
    """The parameters that request *options* from an engine; defaults are omitted."""
    pairs: list[tuple[str, str]] = []
    if options.raw is not None:
        pairs += [
            ("encoding", options.raw.encoding.value),
            ("sample_rate", str(options.raw.sample_rate)),
            ("channels", str(options.raw.channels)),
        ]
    for field in attrs.fields(type(options)):
        value = getattr(options, field.name)
        if field.name in _WRITTEN_APART or value == field.default:
            continue
        match value:
            case bool():
                pairs.append((field.name, str(value).lower()))
            case tuple():
                pairs += [(field.name, str(item)) for item in value]
            case _:
                pairs.append((field.name, str(value)))
    pairs += [("replace", f"{find}:{put}") for find, put in options.replace]
    if options.detect_language:
        candidates = options.language_candidates or ("true",)
        pairs += [("detect_language", candidate) for candidate in candidates]
    match options:
        case LiveOptions():
            pairs += _live_pairs(options)
        case FileOptions():
            pairs += _file_pairs(options)
        case _:
            pass
    return pairs + list(options.forwarded)


# Fields that have no parameter of the same name, or are not sent to engines.
_WRITTEN_APART = {
    "raw",
    "detect_language",
    "language_candidates",
    "replace",
    "tags",
    "extra",
    "forwarded",
    "utterance_gap",
    "interim_results",
    "endpointing_ms",
    "utterance_end_ms",
    "opus_channels",
}


def _file_pairs(options: FileOptions) -> list[tuple[str, str]]:
    pairs = []
    if options.utterances:
        pairs.append(("utt_split", f"{options.utterance_gap:g}"))
    # What other options imply must be declined by name.
    if options.smart_format and not options.paragraphs:
        pairs.append(("paragraphs", "false"))
    if (options.paragraphs or options.utterances) and not options.punctuate:
        pairs.append(("punctuate", "false"))
    return pairs


def _live_pairs(options: LiveOptions) -> list[tuple[str, str]]:
    endpointing = options.endpointing_ms
    pairs = [
        # Always sent, because engines differ in their defaults.
        ("interim_results", str(options.interim_results).lower()),
        ("endpointing", "false" if endpointing is None else str(endpointing)),
    ]
    if options.opus_channels is not None:
        pairs += [("encoding", "opus"), ("sample_rate", "48000")]
        pairs.append(("channels", str(options.opus_channels)))
    if options.utterance_end_ms is not None:
        pairs.append(("utterance_end_ms", str(options.utterance_end_ms)))
    return pairs
