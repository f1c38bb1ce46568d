"""The features that a request asked for, by the names of their parameters."""

from functools import lru_cache

from aldea_core.domain.transcripts.options import TranscriptionOptions


# Attributes of the options that are features, and not formats, models or deliveries.
_FEATURES = (
    *("detect_language", "diarize", "filler_words", "interim_results", "keyterm", "keywords"),
    *("multichannel", "numerals", "paragraphs", "profanity_filter", "punctuate", "redact"),
    *("replace", "search", "smart_format", "utterances", "vad_events"),
)


@lru_cache(1024)
def features_of(options: TranscriptionOptions) -> tuple[str, ...]:
    """The names of the features that *options* ask for, ordered."""
    return tuple(name for name in _FEATURES if getattr(options, name, False))
