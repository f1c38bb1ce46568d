"""
Close codes and reasons of live streams.

1000, 1008 and 1011 with `DATA-0000`, `NET-0000` and `NET-0001` are Deepgram's; the others are
Aldea's, and published in `docs/protocol.md`. Codes from 4000 on are for applications (RFC 6455,
7.4.2).
"""

import enum

import attrs

from aldea_core.domain.live.endings import Ending
from aldea_core.protocol.websocket import NOT_UTF8, PROTOCOL_ERROR, TOO_LARGE


class Reconnect(enum.StrEnum):
    """Whether a client may connect again, in the words of the docs."""

    NEEDLESS = ""
    NO = "no"
    YES = "yes"
    AT_ONCE = "yes, at once"
    LATER = "later"
    AFTER_A_PAUSE = "after a pause"


@attrs.frozen
class Close:
    """
    A close frame: its code, and a reason of at most 123 bytes (RFC 6455, 5.5).

    Attributes:
        reconnect: What a client is advised to do; it is not sent.
    """

    code: int
    reason: str
    reconnect: Reconnect = Reconnect.NO


CLOSES: dict[Ending, Close] = {
    Ending.FINISHED: Close(1000, "", Reconnect.NEEDLESS),
    Ending.CLIENT_LEFT: Close(1000, "", Reconnect.NEEDLESS),
    # Never sent, because the connection is lost; recorded in usage only (RFC 6455, 7.4.1).
    Ending.CONNECTION_LOST: Close(1006, "", Reconnect.YES),
    Ending.BAD_FRAME: Close(1002, "The frame breaks the WebSocket protocol."),
    Ending.BAD_TEXT: Close(1007, "The text is not UTF-8."),
    Ending.UNDECODABLE: Close(1008, "DATA-0000: The audio cannot be decoded."),
    Ending.TOO_MANY_MESSAGES: Close(
        1008, "Too many messages without audio.", Reconnect.AFTER_A_PAUSE
    ),
    Ending.FRAME_TOO_LARGE: Close(1009, "The message is larger than allowed."),
    Ending.ENGINE_GONE: Close(
        1011, "NET-0000: No speech engine can go on with this stream.", Reconnect.YES
    ),
    Ending.REPLAY_EXCEEDED: Close(
        1011,
        "NET-0000: The speech engine was lost with more audio than is kept to go on elsewhere.",
        Reconnect.YES,
    ),
    Ending.INTERNAL: Close(1011, "NET-0000: Something went wrong on our side.", Reconnect.YES),
    Ending.IDLE: Close(1011, "NET-0001: Neither audio nor KeepAlive came in time.", Reconnect.YES),
    Ending.NO_AUDIO: Close(1011, "NET-0001: No audio came in time.", Reconnect.YES),
    Ending.DEPLOY: Close(
        1012, "This server is being replaced: please reconnect.", Reconnect.AT_ONCE
    ),
    Ending.OVERLOAD: Close(1013, "Too much at once: please try again later.", Reconnect.LATER),
    Ending.SLOW_READER: Close(1013, "Results were not read in time.", Reconnect.LATER),
    Ending.KEY_REVOKED: Close(4001, "The key was revoked or has expired."),
    Ending.QUOTA_USED: Close(4002, "The monthly quota is used up."),
    Ending.CAP_REACHED: Close(4002, "The spending cap of this month is reached."),
    Ending.KEY_QUOTA_USED: Close(4002, "The monthly quota of this API key is used up."),
    Ending.GRANT_USED: Close(4005, "The audio that this token allows is used up."),
    Ending.SUSPENDED: Close(4003, "This organisation is suspended."),
    Ending.ENDED_BY_OWNER: Close(4004, "This session was ended by its organisation."),
    Ending.TOO_LONG: Close(4008, "The longest session length is reached.", Reconnect.YES),
}

# The ending of a stream whose client violates the protocol, by the code of the `WebSocketError`.
BROKEN = {
    PROTOCOL_ERROR: Ending.BAD_FRAME,
    NOT_UTF8: Ending.BAD_TEXT,
    TOO_LARGE: Ending.FRAME_TOO_LARGE,
}
