"""What became of a request, as a shape and a few words."""

from typing import Any

import attrs


@attrs.frozen
class Result:
    """
    Attributes:
        kind: The state's shape: ok, warn, bad, wait or off.
        text: In words.
        code: The HTTP status or close code.
    """

    kind: str
    text: str
    code: int


_WORDS = {
    0: ("wait", "Not ended yet"),
    200: ("ok", "Answered"),
    1000: ("ok", "Finished"),
    1002: ("warn", "Not WebSocket"),
    1006: ("warn", "Connection lost"),
    1007: ("warn", "Text not UTF-8"),
    1008: ("warn", "Not audio"),
    1009: ("warn", "Message too large"),
    1011: ("bad", "Silent, or no engine"),
    1012: ("off", "Server replaced"),
    1013: ("bad", "Overloaded"),
    4001: ("off", "Key revoked"),
    4002: ("warn", "Limit reached"),
    4003: ("warn", "Suspended"),
    4004: ("off", "Ended by you"),
    4005: ("warn", "Token used up"),
    4008: ("off", "Longest length"),
}
_FAMILIES = {4: ("warn", "Refused"), 5: ("bad", "Failed on our side")}


def result_of(request: dict[str, Any]) -> Result:
    """
    Args:
        request: As the backend lists it.
    """
    status = int(request["status"])
    kind, text = _WORDS.get(status, _FAMILIES.get(status // 100, ("off", "Ended")))
    return Result(kind, text, status)
