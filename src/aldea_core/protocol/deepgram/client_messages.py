"""Text messages from clients of a live stream."""

import json

from collections.abc import Mapping
from typing import Any

import attrs


@attrs.frozen
class KeepAlive:
    """Keeps the connection open. No response follows."""


@attrs.frozen
class Finalize:
    """
    Asks for a final result of all audio so far.

    Attributes:
        channel: The channel to finalize, or None for all channels.
    """

    channel: int | None = None


@attrs.frozen
class CloseStream:
    """Ends the audio; the server sends the remaining results and closes."""


@attrs.frozen
class Configure:
    """Changes options of the running stream."""

    changes: Mapping[str, Any]


@attrs.frozen
class Malformed:
    """A text that is not a valid message; *message* says why."""

    message: str


Message = KeepAlive | Finalize | CloseStream | Configure | Malformed


# Fast path: the JSON spellings of most languages, which need no parsing.
_USUAL: dict[str | bytes, Message] = {
    f'{{"type":{space}"{kind.__name__}"}}': kind()
    for kind in (KeepAlive, Finalize, CloseStream)
    for space in ("", " ")
}


def parse(text: str | bytes) -> Message:
    """Parses a message. Whitespace and the order of fields do not matter."""
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
    """A Finalize message, as sent to engines."""
    return (
        '{"type":"Finalize"}' if channel is None else f'{{"type":"Finalize","channel":{channel}}}'
    )


def configure_text(changes: Mapping[str, Any]) -> str:
    """A Configure message, as sent to engines."""
    return json.dumps({"type": "Configure", **changes})
