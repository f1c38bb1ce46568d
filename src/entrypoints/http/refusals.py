"""Turns exceptions into error responses for clients of a gateway."""

from aiohttp import web

from aldea_core.domain.errors import AldeaError
from aldea_core.domain.ids import SessionId
from aldea_core.protocol.deepgram.errors import INTERNAL, HttpError, Refusal, of_error, of_status
from entrypoints.http.request import Answer


def refusal_of(error: Exception, session: SessionId) -> Answer:
    """The error response in the Deepgram dialect."""
    refused = worded(error)
    headers = refused.headers()
    if isinstance(error, web.HTTPMethodNotAllowed):
        headers["Allow"] = error.headers["Allow"]
    return Answer(refused.status, refused.body(session), headers)


def worded(error: Exception) -> HttpError:
    """The error response, whatever dialect it is rendered in."""
    match error:
        case web.HTTPException():
            return of_status(error.status, _HTTP_WORDS.get(error.status, error.reason))
        case AldeaError() | Refusal():
            return of_error(error)
        case ConnectionError():
            return of_status(400, "The connection was lost.")
        case _:
            return INTERNAL


_HTTP_WORDS = {
    404: "There is nothing at this address.",
    405: "This address does not take this method.",
}
