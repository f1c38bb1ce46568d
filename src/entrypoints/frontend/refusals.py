"""What limits refused, in words: those are no requests, so they are in no list of requests."""

from collections.abc import Iterable, Mapping
from typing import Any

from aldea_core.domain.access.limits import LimitName


def refusals_in_words(items: Iterable[Mapping[str, Any]], key: str = "") -> list[tuple[int, str]]:
    """
    How often each limit refused, the most frequent first.

    Args:
        items: Counts by day, key and limit, as the backend lists them.
        key: Only refusals of this key; empty for all.
    """
    counts: dict[str, int] = {}
    for one in items:
        if key in {"", one["key_id"]}:
            counts[one["reason"]] = counts.get(one["reason"], 0) + one["count"]
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return [(count, _words(reason)) for reason, count in ordered]


def _words(reason: str) -> str:
    name = LimitName.__members__.get(reason.upper())
    return reason.replace("_", " ") if name is None else str(name.value)
