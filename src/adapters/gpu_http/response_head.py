"""
The status line and the needed headers of an engine's response (RFC 9112).

Servers send a dozen headers, of which two or three are needed. Only those are parsed.
"""

import re

from typing import NamedTuple

from aldea_core.protocol import engine_headers


AUDIO_MS, CHANNELS = engine_headers.AUDIO_MS.encode(), engine_headers.CHANNELS.encode()
MODEL, PROTOCOL = engine_headers.MODEL.encode(), engine_headers.PROTOCOL.encode()
LENGTH = b"content-length"
ENCODING = b"transfer-encoding"
_CONNECTION = b"connection"

_NAMES = (AUDIO_MS, CHANNELS, MODEL, LENGTH, ENCODING, _CONNECTION)
_HEADERS = re.compile(rb"\r\n(%s)[ \t]*:[ \t]*([^\r\n]*\S)?" % b"|".join(_NAMES))
_STATUS = re.compile(rb"HTTP/1\.([01]) ([0-9]{3})")


class ResponseHead(NamedTuple):
    """
    A tuple, because one is made for every response.

    Attributes:
        headers: The needed headers, names and values in lower case. No value is case-sensitive.
        keeps_alive: Whether the connection may be used again, if the body allows it.
    """

    status: int
    headers: dict[bytes, bytes]
    keeps_alive: bool


def head_of(lines: bytes) -> ResponseHead | None:
    """
    Parses *lines*, the lines before the empty one. None if they are not the
    head of a response.
    """
    begin = _STATUS.match(lines)
    if begin is None:
        return None
    minor, status = begin.groups()
    headers = dict(_HEADERS.findall(lines.lower()))
    is_kept = minor == b"1" and b"close" not in headers.get(_CONNECTION, b"")
    return ResponseHead(int(status), headers, is_kept)
