"""The reasons for which a live stream ends. `close_codes.CLOSES` says what clients see of each."""

import enum

from aldea_core.domain.access.limits import Entitlements, LimitName
from aldea_core.domain.errors import AldeaError


class Ending(enum.StrEnum):
    """The reason for which a live stream ended."""

    FINISHED = "finished"
    UNDECODABLE = "undecodable"
    ENGINE_GONE = "engine gone"
    REPLAY_EXCEEDED = "replay exceeded"
    IDLE = "idle"
    NO_AUDIO = "no audio"
    INTERNAL = "internal"
    BAD_FRAME = "bad frame"
    BAD_TEXT = "bad text"
    FRAME_TOO_LARGE = "frame too large"
    TOO_MANY_MESSAGES = "too many messages"
    DEPLOY = "deploy"
    OVERLOAD = "overload"
    SLOW_READER = "slow reader"
    KEY_REVOKED = "key revoked"
    QUOTA_USED = "quota used"
    CAP_REACHED = "cap reached"
    KEY_QUOTA_USED = "key quota used"
    GRANT_USED = "grant used"
    SUSPENDED = "suspended"
    ENDED_BY_OWNER = "ended by owner"
    TOO_LONG = "too long"
    CLIENT_LEFT = "client left"
    CONNECTION_LOST = "connection lost"


# The audio has reached a limit: results of later audio are not sent.
USED_UP = frozenset(
    {Ending.QUOTA_USED, Ending.CAP_REACHED, Ending.KEY_QUOTA_USED, Ending.GRANT_USED}
)
# Neither side is at fault for these, so the audio so far gets its final result first.
FINALIZED_FIRST = USED_UP | {Ending.DEPLOY, Ending.TOO_LONG}


def used_up(bound: LimitName | None, entitlements: Entitlements) -> Ending:
    """
    The ending of a session whose audio reached a limit.

    Args:
        bound: The limit; None is the org's quota.
    """
    match bound:
        case LimitName.KEY_QUOTA:
            return Ending.KEY_QUOTA_USED
        case LimitName.GRANTED_AUDIO:
            return Ending.GRANT_USED
        case _:
            return Ending.CAP_REACHED if entitlements.is_capped else Ending.QUOTA_USED


class SessionEnded(AldeaError):
    """
    A file's session was ended before its result.

    Args:
        ending: The reason, as for a live stream.
    """

    def __init__(self, ending: Ending) -> None:
        super().__init__(f"The request was ended: {ending}")
        self.ending = ending
