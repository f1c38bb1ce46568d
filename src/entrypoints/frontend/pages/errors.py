"""Pages about what went wrong: what happened, what was not done, and one way on."""

from collections.abc import Mapping

import attrs

from aiohttp import web

from entrypoints.frontend.backend import BackendAway, Refused
from entrypoints.frontend.visit import Visit


_RETRY_SECONDS = 5


@attrs.frozen
class _Words:
    title: str
    text: str


_WORDS: Mapping[int, _Words] = {
    400: _Words("This request cannot be read", "Nothing was changed. Go back and try it again."),
    403: _Words(
        "Your role does not go that far", "Nothing was changed. An owner of the organisation may."
    ),
    404: _Words(
        "There is nothing here",
        "The address is wrong, or what is there is for another organisation or another role.",
    ),
    405: _Words("This address takes no such request", "Nothing was changed."),
    409: _Words("This contradicts how things are now", "Nothing was changed."),
    412: _Words(
        "This was changed meanwhile",
        "Your change was not saved. Go back and load the page again to see the other change.",
    ),
    413: _Words("This is too large", "Nothing was changed. A form takes 256 kB."),
    415: _Words("This is not a form", "Nothing was changed."),
    422: _Words("Something in the form is wrong", "Nothing was changed. Go back and correct it."),
    429: _Words("Too many attempts", "Nothing was changed."),
    500: _Words("Something broke on our side", "Nothing was changed."),
    503: _Words(
        "The platform does not answer just now",
        "Nothing was changed. This page tries again by itself.",
    ),
}
# A form is not sent again by itself: it may have been done, and its address shows no page.
_FORM_UNANSWERED = _Words(
    "The platform does not answer just now",
    "What you sent may not have been done. Go back, look, and send it again.",
)
_FORGED = _Words(
    "This form is out of date",
    "Nothing was changed. It was opened in another sign-in, or sent by another site. "
    "Open the page again.",
)


def error_page(visit: Visit, error: Exception, request_id: str) -> web.Response:
    status, headers = _status(error), {}
    words = _FORGED if isinstance(error, web.HTTPForbidden) else _WORDS.get(status, _WORDS[500])
    is_retried = status == 503 and visit.request.method in {"GET", "HEAD"}
    if status == 503 and not is_retried:
        words = _FORM_UNANSWERED
    detail = error.detail if isinstance(error, Refused) and status not in {404, 500, 503} else ""
    if status == 503:
        headers["Retry-After"] = str(_RETRY_SECONDS)
    if is_retried:
        headers["Refresh"] = str(_RETRY_SECONDS)
    if isinstance(error, Refused) and error.retry_after:
        headers["Retry-After"] = str(error.retry_after)
        detail = f"Try again in {visit.f.span(error.retry_after)}."
    if isinstance(error, web.HTTPMethodNotAllowed):
        headers["Allow"] = error.headers["Allow"]
    return visit.page(
        "error.html",
        status=status,
        headers=headers,
        words=words,
        detail=detail,
        request_id=error.request_id
        if isinstance(error, Refused) and error.request_id
        else request_id,
        retries=is_retried,
    )


def _status(error: Exception) -> int:
    match error:
        case Refused():
            return error.status if error.status in _WORDS else 500
        case BackendAway():
            return 503
        case web.HTTPException():
            return error.status
        case _:
            return 500
