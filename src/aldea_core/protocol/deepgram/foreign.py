"""
Fast path for other vendors' engines: rewrites their results without parsing them completely.

Their results lack `text` and have a request id of their own; the rest may stay. Any whitespace is
accepted. A result whose fields are not in Deepgram's order is not rewritten here and must be
parsed.
"""

import re

from collections.abc import Callable
from typing import NamedTuple

from aldea_core.domain.transcripts.transcripts import ResultHead


# Quotes in strings are escaped, so recognised text cannot look like a field's name.
_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_TYPE = rb'\{\s*"type"\s*:\s*"Results"\s*,\s*'
_UP_TO_ID = rb'.*"request_id"\s*:\s*)"[^"\\]*"(.*)'
_WITH_TEXT = re.compile(rb"(" + _TYPE + rb'"text"\s*:' + _UP_TO_ID, re.DOTALL)
# The first transcript in the text is that of the first alternative.
_WITHOUT = re.compile(
    rb"(" + _TYPE + rb")(?=[^{]*\{[^{]*\[\s*\{\s*"
    rb'"transcript"\s*:\s*(' + _STRING + rb'))(?!"text")(' + _UP_TO_ID,
    re.DOTALL,
)
_HEAD = re.compile(
    _TYPE + rb'(?:"text"\s*:\s*' + _STRING + rb"\s*,)?"
    rb'\s*"channel_index"\s*:\s*\[\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\]\s*,'
    rb'\s*"duration"\s*:\s*(\d{1,9}(?:\.\d+)?)\s*,\s*"start"\s*:\s*(\d{1,9}(?:\.\d+)?)\s*,'
    rb'\s*"is_final"\s*:\s*(true|false)\s*,'
)
_FROM_FINALIZE = re.compile(rb'"from_finalize"\s*:\s*true')


class Shape(NamedTuple):
    """
    Rewrites an engine's results: `form % match(text, at).groups()`, if there is a match; else they
    must be parsed. Callers inline this, for thousands of results per second.
    """

    match: Callable[[bytes, int], re.Match[bytes] | None]
    form: bytes


NO_SHAPE = Shape(lambda _text, _at: None, b"")


def shape_of(text: bytes, quoted_id: bytes) -> Shape:
    """
    The shape of results like *text*.

    Args:
        quoted_id: The session's id, quoted as in JSON.
    """
    quoted_id = quoted_id.replace(b"%", b"%%")
    if _WITH_TEXT.match(text):
        return Shape(_WITH_TEXT.match, b"%b" + quoted_id + b"%b")
    return Shape(_WITHOUT.match, b'%b"text":%b,%b' + quoted_id + b"%b")


def head_in(text: bytes) -> ResultHead | None:
    """The head of the result, or None if it must be parsed."""
    match = _HEAD.match(text)
    if match is None:
        return None
    channel, channels, duration, start, is_final = match.groups()
    return ResultHead(
        float(start),
        float(duration),
        int(channel),
        int(channels),
        is_final == b"true",
        _FROM_FINALIZE.search(text) is not None,
    )
