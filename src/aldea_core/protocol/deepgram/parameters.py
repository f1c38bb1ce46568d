"""
Query parameters of a request: parses them to options.

Unknown parameters are forwarded to the engine. Malformed ones are refused by name, so that a typo
never silently becomes a default.
"""

import json

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import attrs

from aldea_core.domain.errors import BadRequest
from aldea_core.domain.transcripts.audio import Encoding, RawFormat
from aldea_core.domain.transcripts.options import (
    Callback,
    CallbackMethod,
    FileOptions,
    LiveOptions,
    RedactMode,
)
from aldea_core.domain.transcripts.redaction import REDACTIONS
from aldea_core.protocol.deepgram.query import LANGUAGE, TRUE, Pairs, Query


# Deepgram's names of formats with a header, which need no further parameters.
_SELF_DESCRIBING = {"flac", "opus", "ogg-opus", "webm", "wav", "mp3", "aac", "m4a", "mp4", "ogg"}
_LONGEST_PAUSE_MS = 60_000


def file_options(
    pairs: Pairs, *, timestamps: str | None = None, language: str = "en"
) -> FileOptions:
    """
    Parses the options of a file request.

    Args:
        timestamps: The request header of that name, which asks for words; they are always sent.
        language: The one that is meant if *pairs* name none.

    Raises:
        BadRequest: A parameter is malformed; the text names it.
    """
    query = Query(pairs)
    query.flag_of("timestamps", timestamps)
    raw = None if _is_container(query) else _raw_format(query)
    paragraphs = query.flag("paragraphs", default=query.peek("smart_format") in TRUE)
    utterances = query.flag("utterances")
    options = FileOptions(
        raw=raw,
        paragraphs=paragraphs,
        utterances=utterances,
        utterance_gap=query.number("utt_split", 0.8, 0.0, 60.0),
        **_common(query, is_punctuated=paragraphs or utterances, language=language),
    )
    query.drop("callback", "callback_method", "metadata")
    return attrs.evolve(options, forwarded=query.rest())


def live_options(pairs: Pairs, *, raw_only: bool = False) -> LiveOptions:
    """
    Parses the options of a live request.

    Args:
        raw_only: Whether the audio is raw even without an encoding (`/v1/listen/pcm`).

    Raises:
        BadRequest: A parameter is malformed; the text names it.
    """
    query = Query(pairs)
    if query.peek("callback") is not None:
        raise BadRequest("The parameter callback is for files: live results come by this socket.")
    opus_channels = None
    if query.peek("encoding") == "opus":
        opus_channels = query.whole("channels", 1, 1, 2)
        query.whole("sample_rate", 48_000, 1000, 192_000)  # Opus decodes at one rate
    if _is_container(query):
        if raw_only:
            raise BadRequest("The parameter encoding must be a raw one here, such as linear16.")
        raw = None
    else:
        raw = _raw_format(query, raw_only=raw_only)
    options = LiveOptions(
        raw=raw,
        interim_results=query.flag("interim_results", default=True),
        endpointing_ms=_endpointing(query),
        utterance_end_ms=query.whole("utterance_end_ms", None, 1, _LONGEST_PAUSE_MS),
        vad_events=query.flag("vad_events"),
        opus_channels=opus_channels,
        **_common(query),
    )
    return attrs.evolve(options, forwarded=query.rest())


def callback(pairs: Pairs) -> Callback | None:
    """
    Parses the callback, or None if the caller waits for the response.

    Raises:
        BadRequest: A parameter is malformed; the text names it.
    """
    query = Query(pairs)
    url = query.text("callback", "")
    method = query.choice("callback_method", CallbackMethod, CallbackMethod.POST)
    metadata = query.text("metadata", "")
    if metadata and not _is_json_object(metadata):
        raise BadRequest("The parameter metadata must be a JSON object.")
    return Callback(url, method, metadata or None) if url else None


# Applications repeat the same parameters, so parsed options are cached.
_MOST_PARSED = 512
remembered_file_options = lru_cache(_MOST_PARSED)(file_options)
remembered_live_options = lru_cache(_MOST_PARSED)(live_options)
remembered_callback = lru_cache(_MOST_PARSED)(callback)


def _common(query: Query, *, is_punctuated: bool = False, language: str = "en") -> dict[str, Any]:
    """
    Args:
        is_punctuated: Whether other options need punctuation.
        language: The one that is meant if the query names none.
    """
    detect_language, candidates = _detect_language(query)
    query.drop("multichannel_mode")
    return {
        "model": query.model("model", "general"),
        "language": query.language("language", language),
        "detect_language": detect_language,
        "language_candidates": candidates,
        "punctuate": query.flag("punctuate", default=is_punctuated),
        "smart_format": query.flag("smart_format"),
        "numerals": query.flag("numerals"),
        "profanity_filter": query.flag("profanity_filter"),
        "filler_words": query.flag("filler_words"),
        "diarize": query.flag("diarize"),
        "multichannel": query.flag("multichannel"),
        "redact": _redacted(query.many("redact")),
        "redact_mode": query.choice("redact_mode", RedactMode, RedactMode.REDACT),
        "keywords": query.many("keywords"),
        "keyterm": query.many("keyterm"),
        "replace": tuple(_replacement(item) for item in query.many("replace")),
        "search": query.many("search"),
        "tags": query.many("tag"),
        "extra": tuple(_extra(item) for item in query.many("extra")),
    }


def _detect_language(query: Query) -> tuple[bool, tuple[str, ...]]:
    """Whether the language is detected, and among which; none named means among all."""
    values = query.many("detect_language")
    candidates = tuple(
        dict.fromkeys(value for value in values if value.lower() not in {"true", "false", "1", "0"})
    )
    for candidate in candidates:
        if not LANGUAGE.fullmatch(candidate):
            raise BadRequest(
                "The parameter detect_language must be true, false or language tags such as en-US.",
            )
    if candidates:
        return True, candidates
    return Query.flag_of("detect_language", values[-1] if values else None), ()


def _is_json_object(text: str) -> bool:
    """
    Whether any receiver of a callback can read *text*.

    Python's parser alone takes more than JSON has (NaN, 1e999), and escapes that are no text.
    """
    try:
        said = json.loads(text)
        json.dumps(said, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict)


def _redacted(wanted: Sequence[str]) -> tuple[str, ...]:
    for kind in wanted:
        if kind not in REDACTIONS | {"true", "false"}:
            # Silence would leak what the caller believes to be hidden.
            raise BadRequest(
                f"The parameter redact cannot be {kind[:40]}: it takes pii, pci, phi, numbers, "
                "aggressive_numbers, ssn, true, or the name of an entity such as phone_number.",
            )
    groups = {"true": ("pii", "pci", "numbers"), "false": ()}
    return tuple(dict.fromkeys(item for kind in wanted for item in groups.get(kind, (kind,))))


def _replacement(item: str) -> tuple[str, str]:
    find, _, put = item.partition(":")
    if not find:
        raise BadRequest("The parameter replace must be find:replacement.")
    return find, put


def _extra(item: str) -> tuple[str, str]:
    name, colon, value = item.partition(":")
    if not name or not colon:
        raise BadRequest("The parameter extra must be name:value.")
    return name, value


def _is_container(query: Query) -> bool:
    encoding = query.peek("encoding")
    if encoding in _SELF_DESCRIBING:
        query.drop("encoding", "sample_rate", "channels")
        return True
    return False


def _raw_format(query: Query, *, raw_only: bool = False) -> RawFormat | None:
    # Only an encoding means that audio is raw. Clients also send the rate and channels of a WAV
    # file, whose header must not be decoded as samples; yet both values must be valid.
    is_raw = raw_only or query.peek("encoding") is not None
    raw = RawFormat(
        query.choice("encoding", Encoding, Encoding.LINEAR16),
        query.whole("sample_rate", 16000, 1000, 192_000),
        query.whole("channels", 1, 1, 16),
    )
    return raw if is_raw else None


def _endpointing(query: Query) -> int | None:
    spelled = query.peek("endpointing")
    if spelled in {"false", "true"}:
        query.drop("endpointing")
    if spelled == "false":
        return None
    return query.whole("endpointing", LiveOptions().endpointing_ms, 0, _LONGEST_PAUSE_MS)
