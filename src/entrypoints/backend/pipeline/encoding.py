"""JSON of our own API. Times are as `domain/times` has them."""

from datetime import datetime
from typing import Any

import msgspec

from aldea_core.domain.times import utc


_PLAIN = frozenset((str, int, float, bool, type(None)))


def plain(answer: Any) -> Any:
    """*answer* as dictionaries, lists and plain values, as its JSON has them."""
    return _with_texts(msgspec.to_builtins(answer, builtin_types=(datetime,)))


def encode(answer: Any) -> bytes:
    """*answer* as JSON."""
    return msgspec.json.encode(plain(answer))


def _with_texts(value: Any) -> Any:
    # Tables have tens of thousands of values, most of them plain.
    match value:
        case datetime():
            return utc(value)
        case dict():
            return {
                name: each if type(each) in _PLAIN else _with_texts(each)
                for name, each in value.items()
            }
        case list() | tuple():
            return [each if type(each) in _PLAIN else _with_texts(each) for each in value]
        case _:
            return value
