"""
Results of engines that are not ours, adapted to this stream without parsing them whole.

They have no `text`, and a request id of their own; everything else may stay. Spacing may be any;
what comes in another order than Deepgram's is not adapted here, and has to be parsed.
"""

import re

from collections.abc import Callable
from typing import NamedTuple

from aldea_core.domain.transcripts.transcripts import ResultHead


# Quotes in strings are escaped, so nothing that was heard looks like the name of a field.
_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_TYPE = rb'\{\s*"type"\s*:\s*"Results"\s*,\s*'
_UP_TO_ID = rb'.*"request_id"\s*:\s*)"[^"\\]*"(.*)'
_WITH_TEXT = re.compile(rb"(" + _TYPE + rb'"text"\s*:' + _UP_TO_ID, re.DOTALL)
# The first transcript is that of the first alternative.
_WITHOUT = re.compile(
    rb"(" + _TYPE + rb")(?=[^{]*\{[^{]*\[\s*\{\s*"
    rb'"transcript"\s*:\s*(' + _STRING + rb'))(?!"text")(' + _UP_TO_ID,
    re.DOTALL,
)
_HEAD = re.compile(
    _TYPE + rb'(?:"text"\s*:\s*' + _STRING + rb"\s*,)?"
    rb'\s*"channel_index"\s*:\s*\[\s*(\d+)\s*,\s*(\d+)\s*\]\s*,'
    rb'\s*"duration"\s*:\s*(\d+(?:\.\d+)?)\s*,\s*"start"\s*:\s*(\d+(?:\.\d+)?)\s*,'
    rb'\s*"is_final"\s*:\s*(true|false)\s*,'
)
_FROM_FINALIZE = re.compile(rb'"from_finalize"\s*:\s*true')


class Shape(NamedTuple):
    """
    How an engine's results become ours: `form % match(text, at).groups()`, if there is a match.

    In two parts for whoever has to do it thousands of times a second.
    """

    match: Callable[[bytes, int], re.Match[bytes] | None]
    form: bytes

    def adapted(self, text: bytes) -> bytes | None:
        """The result as clients are to see it; None if it has to be parsed."""
        match = self.match(text, 0)
        return None if match is None else self.form % match.groups()


def shape_of(text: bytes, quoted_id: bytes) -> Shape:
    """
    The shape of results that are like *text*.

    Args:
        quoted_id: The stream's id, as JSON has it.
    """
    quoted_id = quoted_id.replace(b"%", b"%%")
    if _WITH_TEXT.match(text):
        return Shape(_WITH_TEXT.match, b"%b" + quoted_id + b"%b")
    return Shape(_WITHOUT.match, b'%b"text":%b,%b' + quoted_id + b"%b")


def head_in(text: bytes) -> ResultHead | None:
    """What the result says of its span, or None if it has to be parsed."""
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
