"""
What an engine's answer begins with (RFC 9112): its status, and those of its headers that matter.

Servers send a dozen headers and two or three are needed, so these are picked out, and the others
not looked at.
"""

import re

from typing import NamedTuple


# In these headers our own engines say how much audio they measured, so that we need not look.
AUDIO_MS = b"aldea-audio-ms"
CHANNELS = b"aldea-channels"
MODEL = b"aldea-model"
# Says in a handshake's answer that frames may be passed on as they are.
PROTOCOL = b"aldea-protocol"
LENGTH = b"content-length"
ENCODING = b"transfer-encoding"
_CONNECTION = b"connection"

_NAMES = (AUDIO_MS, CHANNELS, MODEL, PROTOCOL, LENGTH, ENCODING, _CONNECTION)
_HEADERS = re.compile(rb"\r\n(%s)[ \t]*:[ \t]*([^\r\n]*\S)?" % b"|".join(_NAMES))
_STATUS = re.compile(rb"HTTP/1\.([01]) ([0-9]{3})")


class Head(NamedTuple):
    """
    A tuple, since one is made for each answer.

    Attributes:
        headers: Those that matter, in small letters: none of them says anything in capitals.
        keeps_alive: Whether the connection may be used again, if the body allows it.
    """

    status: int
    headers: dict[bytes, bytes]
    keeps_alive: bool


def head_of(lines: bytes) -> Head | None:
    """What *lines* say, which are those before the empty one; None if they begin no answer."""
    begin = _STATUS.match(lines)
    if begin is None:
        return None
    minor, status = begin.groups()
    headers = dict(_HEADERS.findall(lines.lower()))
    is_kept = minor == b"1" and b"close" not in headers.get(_CONNECTION, b"")
    return Head(int(status), headers, is_kept)
