"""What clients of a live stream say in text frames."""

import json

from collections.abc import Mapping
from typing import Any

import attrs


@attrs.frozen
class KeepAlive:
    """I am still here. It is never answered."""


@attrs.frozen
class Finalize:
    """
    Give me a final result of everything so far.

    Attributes:
        channel: Of this channel only, or None for all of them.
    """

    channel: int | None = None


@attrs.frozen
class CloseStream:
    """No more audio comes; give me the rest and end."""


@attrs.frozen
class Configure:
    """Listen differently from here on."""

    changes: Mapping[str, Any]


@attrs.frozen
class Malformed:
    """Text that says none of it. *message* tells what is wrong."""

    message: str


Message = KeepAlive | Finalize | CloseStream | Configure | Malformed

# The longest text a client has reason to send; more is refused before it is parsed.
LONGEST_TEXT = 64 * 1024


# As the JSON of most languages spells them, so that they need not be parsed.
_USUAL: dict[str | bytes, Message] = {
    f'{{"type":{space}"{kind.__name__}"}}': kind()
    for kind in (KeepAlive, Finalize, CloseStream)
    for space in ("", " ")
}


def parse(text: str | bytes) -> Message:
    """What *text* says. Spacing and the order of fields do not matter."""
    usual = _USUAL.get(text)
    if usual is not None:
        return usual
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return Malformed("The text is not JSON.")
    if not isinstance(said, dict):
        return Malformed("The text is not a JSON object.")
    match said.get("type"):
        case "KeepAlive":
            return KeepAlive()
        case "Finalize":
            return _finalize(said.get("channel"))
        case "CloseStream":
            return CloseStream()
        case "Configure":
            return Configure({key: value for key, value in said.items() if key != "type"})
        case None:
            return Malformed('The field "type" is missing.')
        case kind:
            return Malformed(f"The type {str(kind)[:80]!r} is none of {_TYPES}.")


def _finalize(channel: Any) -> Message:
    match channel:
        case None:
            return Finalize()
        case int() if not isinstance(channel, bool) and channel >= 0:
            return Finalize(channel)
        case _:
            return Malformed('The field "channel" must be the number of a channel, from 0.')


_TYPES = "KeepAlive, Finalize, CloseStream, Configure"

KEEP_ALIVE_TEXT = '{"type":"KeepAlive"}'
CLOSE_STREAM_TEXT = '{"type":"CloseStream"}'


def finalize_text(channel: int | None) -> str:
    """A Finalize message, for engines."""
    return (
        '{"type":"Finalize"}' if channel is None else f'{{"type":"Finalize","channel":{channel}}}'
    )


def configure_text(changes: Mapping[str, Any]) -> str:
    """A Configure message, for whoever passes it on."""
    return json.dumps({"type": "Configure", **changes})
