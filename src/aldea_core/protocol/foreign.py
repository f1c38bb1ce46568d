"""
Results of engines that are not ours, adapted to this stream without parsing them whole.

They have no `text`, and a request id of their own; everything else may stay. Spacing may be any;
what comes in another order than Deepgram's is not adapted here, and has to be parsed.
"""

import re

from aldea_core.domain.transcripts import ResultHead


# Quotes in strings are escaped, so nothing that was heard looks like the name of a field. The first
# transcript is that of the first alternative.
_RESULT = re.compile(
    rb'(\{\s*"type"\s*:\s*"Results"\s*,\s*)("text"\s*:)?'
    rb'([^{]*\{[^{]*\[\s*\{\s*"transcript"\s*:\s*)("(?:[^"\\]++|\\.)*+")'
    rb'(.*"request_id"\s*:\s*)"[^"\\]*"',
    re.DOTALL,
)
_HEAD = re.compile(
    rb'\{\s*"type"\s*:\s*"Results"\s*,(?:\s*"text"\s*:\s*"(?:[^"\\]++|\\.)*+"\s*,)?'
    rb'\s*"channel_index"\s*:\s*\[\s*(\d+)\s*,\s*(\d+)\s*\]\s*,'
    rb'\s*"duration"\s*:\s*(\d+(?:\.\d+)?)\s*,\s*"start"\s*:\s*(\d+(?:\.\d+)?)\s*,'
    rb'\s*"is_final"\s*:\s*(true|false)\s*,'
)
_FROM_FINALIZE = re.compile(rb'"from_finalize"\s*:\s*true')


def adapted(text: bytes, quoted_id: bytes, at: int = 0) -> bytes | None:
    """
    The result in *text* from *at* on, as clients are to see it; None if it has to be parsed.

    Args:
        quoted_id: The stream's id, as JSON has it.
    """
    match = _RESULT.match(text, at)
    if match is None:
        return None
    begin, named, before, transcript, between = match.groups()
    added = b'"text":%b,' % transcript if named is None else named
    return b"".join((begin, added, before, transcript, between, quoted_id, text[match.end() :]))


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
