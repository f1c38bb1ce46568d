"""Configure: which options of a running stream may change, and to which values."""

from collections.abc import Mapping
from typing import Any

import attrs

from aldea_core.domain.transcripts.options import LiveOptions


def configured(options: LiveOptions, changes: Mapping[str, Any]) -> LiveOptions | None:
    """*options* with *changes*, or None if one of them is unknown or malformed."""
    wanted: dict[str, Any] = {}
    for name, value in changes.items():
        match name, value:
            case "interim_results", bool():
                wanted["interim_results"] = value
            case "vad_events", bool():
                wanted["vad_events"] = value
            case "endpointing", False:
                wanted["endpointing_ms"] = None
            case "endpointing", int() if value is not True and 0 <= value <= _LONGEST_MS:
                wanted["endpointing_ms"] = value
            case "utterance_end_ms", int() if (
                not isinstance(value, bool) and 0 < value <= _LONGEST_MS
            ):
                wanted["utterance_end_ms"] = value
            case _:
                return None
    return attrs.evolve(options, **wanted) if wanted else None


def changes_of(options: LiveOptions) -> dict[str, Any]:
    """The changeable options of *options*, in the form that `configured` reads."""
    pause = options.endpointing_ms
    changes: dict[str, Any] = {
        "interim_results": options.interim_results,
        "vad_events": options.vad_events,
        "endpointing": False if pause is None else pause,
    }
    if options.utterance_end_ms is not None:
        changes["utterance_end_ms"] = options.utterance_end_ms
    return changes


_LONGEST_MS = 60_000
