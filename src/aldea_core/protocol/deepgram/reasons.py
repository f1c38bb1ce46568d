"""Why a session ended: a code for programs, and its words for people."""

from http import HTTPStatus

from aldea_core.domain.live.endings import Ending, SessionEnded
from aldea_core.protocol.deepgram.close_codes import CLOSES
from aldea_core.protocol.deepgram.errors import of_error


# Nothing went wrong: the stream is finished, or its client left. 0 is a session that is open.
_SUCCESSES = frozenset({0, 1000, 1001, 1005, 1006})
_HTTP_ERRORS = 400
_FINISHED = frozenset({Ending.FINISHED, Ending.CLIENT_LEFT})
_REASONS = {ending: "" if ending in _FINISHED else ending.name.lower() for ending in Ending}
_ENDINGS = {ending.name.lower(): ending for ending in Ending}
_PHRASES = {one.value: one.phrase for one in HTTPStatus if one >= _HTTP_ERRORS}
_WORDS = {
    1006: "The connection was lost without a close frame.",
    499: "The client hung up before the answer.",
}


def is_failure(status: int) -> bool:
    """
    Whether a session of *status* (HTTP, or a close code) failed: an HTTP status from 400, or a
    close code other than 1000 and 1001, and than 1006, with which clients leave.
    """
    return status >= _HTTP_ERRORS and status not in _SUCCESSES


def reason_of_ending(ending: Ending) -> str:
    """The code of an ending, such as `engine_gone`; "" if nothing went wrong."""
    return _REASONS[ending]


def reason_of_error(error: BaseException) -> str:
    """The code of the error that ended a file's session, such as `payload_too_large`."""
    if isinstance(error, SessionEnded):
        return reason_of_ending(error.ending)
    return of_error(error).code.lower().replace(" ", "_")


def words_of(status: int, reason: str) -> str:
    """What *reason* means; without one, what *status* says; "" if nothing went wrong."""
    if ending := _ENDINGS.get(reason):
        text = _WORDS.get(CLOSES[ending].code) or CLOSES[ending].reason
    elif words := _WORDS.get(status):
        text = words
    elif phrase := _PHRASES.get(status):
        text = f"{phrase}."
    else:
        text = next((close.reason for close in CLOSES.values() if close.code == status), "")
    _, is_coded, rest = text.partition("-000")
    return rest[3:] if is_coded else text
