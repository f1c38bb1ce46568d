"""
HTTP error responses: status, code and message for every refusal and error.

The body is the union of Aldea's and Deepgram's error bodies, so that clients of both can read it:
`{"error", "err_code", "err_msg", "request_id"}`, and `limit` if a limit refuses.
"""

import json
import math

from collections.abc import Mapping
from typing import assert_never

import attrs

from aldea_core.domain import errors
from aldea_core.domain.access.limits import LimitName, Refused
from aldea_core.domain.ids import SessionId
from aldea_core.domain.live.endings import Ending, SessionEnded
from aldea_core.protocol.deepgram.rate_limits import of_refused


@attrs.frozen
class HttpError:
    """
    An HTTP error response.

    Attributes:
        message: For the caller; used for `error`, `err_msg` and the `dg-error` header.
        retry_after: Seconds, for the `Retry-After` header, or None.
        more_headers: Such as rate limits or the supported WebSocket version.
        limit: The limit that is reached, if that is the reason. One status is of several limits.
    """

    status: int
    code: str
    message: str
    retry_after: float | None = None
    more_headers: Mapping[str, str] | None = None
    limit: LimitName | None = None

    def body(self, request_id: SessionId) -> bytes:
        said = {
            "error": self.message,
            "err_code": self.code,
            "err_msg": self.message,
            "request_id": request_id,
        }
        if self.limit is not None:
            said["limit"] = self.limit.code
        return json.dumps(said).encode()

    def headers(self) -> dict[str, str]:
        """The response's headers, except the request id."""
        headers = {"dg-error": _one_line(self.message)}
        if self.retry_after is not None:
            headers["Retry-After"] = str(max(1, math.ceil(self.retry_after)))
        return headers if self.more_headers is None else {**headers, **self.more_headers}


class Refusal(Exception):
    """Ends a request with an error that is already worded."""

    def __init__(self, error: HttpError) -> None:
        super().__init__(error.message)
        self.error = error


INVALID_AUTH = HttpError(401, "INVALID_AUTH", "Invalid credentials.")
INSUFFICIENT_PERMISSIONS = HttpError(
    403,
    "INSUFFICIENT_PERMISSIONS",
    "The key's scopes do not allow this.",
)
INTERNAL = HttpError(500, "INTERNAL_SERVER_ERROR", "Something went wrong on our side.")
DRAINING = HttpError(503, "SERVICE_UNAVAILABLE", "This server is being replaced.", retry_after=1)
FULL = HttpError(503, "SERVICE_UNAVAILABLE", "This server is full.", retry_after=2)
UNSUPPORTED_MEDIA_TYPE = HttpError(
    415,
    "UNSUPPORTED_MEDIA_TYPE",
    "This address takes no form: send the audio as the body, or JSON with a url."
    " POST /v1/audio/transcriptions takes a form.",
)


def _payment(message: str, limit: LimitName, retry_after: float | None = None) -> HttpError:
    return HttpError(402, "ASR_PAYMENT_REQUIRED", message, retry_after, limit=limit)


# Responses for file sessions that were ended before their result. A client that has disconnected
# gets no response; 499 is nginx's status for that in logs.
_ENDED = {
    Ending.CONNECTION_LOST: HttpError(
        499, "CLIENT_CLOSED_REQUEST", "The client hung up before the answer."
    ),
    Ending.IDLE: HttpError(408, "REQUEST_TIMEOUT", "The upload stopped before its end."),
    Ending.KEY_REVOKED: INVALID_AUTH,
    Ending.SUSPENDED: HttpError(
        403,
        "INSUFFICIENT_PERMISSIONS",
        "This organisation is suspended.",
        limit=LimitName.SUSPENSION,
    ),
    Ending.QUOTA_USED: _payment("The monthly quota is used up.", LimitName.QUOTA),
    Ending.CAP_REACHED: _payment(
        "The spending cap of this month is reached.", LimitName.SPENDING_CAP
    ),
    Ending.KEY_QUOTA_USED: _payment(
        "The monthly quota of this API key is used up.", LimitName.KEY_QUOTA
    ),
    Ending.GRANT_USED: _payment(
        "The audio that this token allows is used up.", LimitName.GRANTED_AUDIO
    ),
    Ending.ENDED_BY_OWNER: HttpError(409, "ENDED", "This request was ended by its organisation."),
    Ending.INTERNAL: INTERNAL,
}


def of_refusal(refused: Refused) -> HttpError:
    """The response for a reached limit."""
    message = str(refused)
    match refused.name:
        case LimitName.SUSPENSION:
            return HttpError(403, "INSUFFICIENT_PERMISSIONS", message, limit=refused.name)
        case (
            LimitName.QUOTA | LimitName.SPENDING_CAP | LimitName.KEY_QUOTA | LimitName.GRANTED_AUDIO
        ):
            return _payment(message, refused.name, refused.retry_after)
        case LimitName.OFFLINE_CAP:
            return HttpError(
                503, "SERVICE_UNAVAILABLE", message, refused.retry_after, limit=refused.name
            )
        case (
            LimitName.CONCURRENT_LIVE
            | LimitName.CONCURRENT_FILES
            | LimitName.REQUESTS_PER_MINUTE
            | LimitName.KEY_SESSIONS
            | LimitName.KEY_REQUESTS_PER_MINUTE
        ):
            return HttpError(
                429,
                "TOO_MANY_REQUESTS",
                message,
                refused.retry_after,
                of_refused(refused),
                refused.name,
            )
        case _:
            assert_never(refused.name)


def of_error(error: BaseException) -> HttpError:
    """The response for *error*; unexpected exceptions reveal no details."""
    message = error.in_full if isinstance(error, errors.BadRequest) else str(error)
    match error:
        case Refusal():
            return error.error
        case errors.Unavailable(retry_after=retry_after):
            return HttpError(503, "SERVICE_UNAVAILABLE", f"{message}.", retry_after)
        case SessionEnded(ending=ending):
            return _ENDED.get(ending, DRAINING)
        case errors.EngineTooSlow():
            return HttpError(504, "GATEWAY_TIMEOUT", message, 5)
        case errors.EngineRefused(status=status) if 400 <= status < 500:
            return HttpError(status, _CODES.get(status, "Bad Request"), message)
        case errors.EngineRefused():
            return HttpError(503, "SERVICE_UNAVAILABLE", message, 5)
        case _:
            for kinds, status, code in _OF_REQUESTS:
                if isinstance(error, kinds):
                    return HttpError(status, code, message)
            return INTERNAL


# Errors of what was asked for or sent. The first that fits counts.
_OF_REQUESTS: tuple[tuple[tuple[type[Exception], ...], int, str], ...] = (
    ((errors.EmptyAudio, errors.UploadInterrupted), 422, "ASR_UNPROCESSABLE_ENTITY"),
    ((errors.BadAudio, errors.BadRequest), 400, "Bad Request"),
    ((errors.TooLarge,), 413, "PAYLOAD_TOO_LARGE"),
    ((errors.RemoteContentError,), 400, "REMOTE_CONTENT_ERROR"),
    ((errors.NotAllowed,), 403, INSUFFICIENT_PERMISSIONS.code),
    ((errors.NotFound,), 404, "NOT_FOUND"),
)
_CODES = {
    401: "INVALID_AUTH",
    402: "ASR_PAYMENT_REQUIRED",
    403: "INSUFFICIENT_PERMISSIONS",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    413: "PAYLOAD_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    422: "ASR_UNPROCESSABLE_ENTITY",
    429: "TOO_MANY_REQUESTS",
    503: "SERVICE_UNAVAILABLE",
}


def of_status(status: int, message: str) -> HttpError:
    """The response for an error raised by the HTTP library."""
    fallback = "Bad Request" if status < 500 else INTERNAL.code
    return HttpError(status, _CODES.get(status, fallback), message)


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() and c.isascii() else " " for c in text)[:500]
