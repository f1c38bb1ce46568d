"""
Refusals, rendered as problem details (RFC 9457).

A problem's `type` links to its explanation; `errors` names each field that is wrong.
"""

import enum
import http

from collections.abc import Sequence
from typing import Final

import msgspec
import structlog

from aiohttp import web

from aldea_core.domain.errors import (
    AldeaError,
    BadRequest,
    NotAllowed,
    NotFound,
    TooManyAttempts,
    Unavailable,
)


log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"


class ProblemKind(enum.Enum):
    """A kind of problem: name, status, and what it means to the caller."""

    BAD_REQUEST = "bad-request", 400, "The request cannot be read."
    NOT_SIGNED_IN = "not-signed-in", 401, "There is no valid sign-in token or API key."
    NOT_ALLOWED = "not-allowed", 403, "The caller's role or scopes do not go that far."
    NOT_FOUND = "not-found", 404, "It does not exist, or it is none of the caller's business."
    NO_METHOD = "no-such-method", 405, "The address does not take this method."
    CONFLICT = "conflict", 409, "It does not fit with how things are."
    BUSY = "still-busy", 409, "A request with the same Idempotency-Key is still being answered."
    CHANGED = "changed-meanwhile", 412, "It is not what If-Match says any more."
    TOO_LARGE = "too-large", 413, "The body is larger than anything this address takes."
    NOT_JSON = "not-json", 415, "The body's Content-Type is not application/json."
    INVALID = "invalid", 422, "Fields are wrong; `errors` names each of them."
    KEY_REUSED = "idempotency-key-reused", 422, "The Idempotency-Key came with another request."
    MATCH_NEEDED = "if-match-needed", 428, "This change needs If-Match with the ETag it is about."
    TOO_MANY = "too-many-attempts", 429, "Wait for as long as Retry-After says."
    INTERNAL = "internal", 500, "It is our fault, and it was logged."
    UNAVAILABLE = "unavailable", 503, "Something we depend on is away; try again."

    def __init__(self, code: str, status: int, meaning: str) -> None:
        self.code: Final = code
        self.status: Final = status
        self.meaning: Final = meaning


class FieldError(msgspec.Struct, frozen=True):
    """A field of the request, and what is wrong with it."""

    field: str
    message: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a request was refused (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    errors: tuple[FieldError, ...] = ()


class ProblemError(Exception):
    """
    Ends a request with a problem.

    Args:
        detail: Shown to the caller; holds no secret.
    """

    def __init__(
        self,
        kind: ProblemKind,
        detail: str = "",
        errors: Sequence[FieldError] = (),
        *,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail or kind.meaning)
        self.kind = kind
        self.errors = errors
        self.headers = headers or {}


def invalid(field: str, message: str) -> ProblemError:
    """The refusal of one field."""
    return ProblemError(ProblemKind.INVALID, errors=[FieldError(field, message)])


def worded(error: Exception) -> ProblemError:
    """*error* as a refusal; an unexpected error is logged and not shown."""
    match error:
        case ProblemError():
            return error
        case web.HTTPException():
            return _of_http(error)
        case NotFound():
            return ProblemError(ProblemKind.NOT_FOUND, str(error))
        case NotAllowed():
            return ProblemError(ProblemKind.NOT_ALLOWED, str(error))
        case TooManyAttempts():
            headers = {"Retry-After": str(error.retry_after)}
            return ProblemError(ProblemKind.TOO_MANY, str(error), headers=headers)
        case BadRequest():
            errors = [FieldError(error.field or "body", str(error))]
            return ProblemError(ProblemKind.INVALID, str(error), errors)
        case Unavailable():
            headers = {"Retry-After": str(max(1, round(error.retry_after)))}
            return ProblemError(ProblemKind.UNAVAILABLE, str(error), headers=headers)
        case AldeaError():
            return ProblemError(ProblemKind.CONFLICT, str(error))
        case ConnectionError():
            return ProblemError(ProblemKind.BAD_REQUEST, "The connection was lost.")
        case _:
            return ProblemError(ProblemKind.INTERNAL)


def _of_http(error: web.HTTPException) -> ProblemError:
    match error.status:
        case 404:
            return ProblemError(ProblemKind.NOT_FOUND, "There is nothing at this address.")
        case 405:
            return ProblemError(ProblemKind.NO_METHOD, headers={"Allow": error.headers["Allow"]})
        case 413:
            return ProblemError(ProblemKind.TOO_LARGE)
        case _:
            return ProblemError(ProblemKind.BAD_REQUEST, error.reason)


def answer_to(refused: ProblemError, request_id: str) -> web.Response:
    """The problem as a response."""
    kind = refused.kind
    problem = Problem(
        f"/docs#{kind.code}",
        http.HTTPStatus(kind.status).phrase,
        kind.status,
        str(refused),
        request_id,
        tuple(refused.errors),
    )
    headers = {**refused.headers, "Content-Type": MEDIA_TYPE}
    if kind is ProblemKind.NOT_SIGNED_IN:
        headers["WWW-Authenticate"] = "Bearer"
    return web.Response(status=kind.status, body=msgspec.json.encode(problem), headers=headers)
