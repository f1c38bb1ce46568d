"""Around every request: its id, its errors in our words, and one line in the log."""

from collections.abc import Awaitable, Callable

import structlog

from aiohttp import web

from aldea_core.domain.errors import AldeaError
from aldea_core.domain.ids import SessionId
from aldea_core.ports.chance import Chance
from aldea_core.ports.clock import Clock
from aldea_core.protocol.errors import INTERNAL, HttpError, of_error, of_status
from entrypoints.web.metrics import Metrics


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Refuse = Callable[[web.Request, Exception], web.Response]

REQUEST_ID = "dg-request-id"
# Where our own gateway asks an engine to use the id that the client was given.
FORWARDED_ID = web.AppKey("forwarded_id", bool)
_SESSION = web.RequestKey("session", SessionId)
# What else belongs on a request's line in the log.
LOGGED = web.RequestKey("logged", dict[str, str])

log = structlog.get_logger()


class Refusal(Exception):
    """Ends a request with an error that is already worded."""

    def __init__(self, error: HttpError) -> None:
        super().__init__(error.message)
        self.error = error


def session_of(request: web.Request) -> SessionId:
    """The id of this request, and of the session it opens."""
    return request[_SESSION]


def around(
    chance: Chance, clock: Clock, metrics: Metrics, refuse: Refuse
) -> Callable[..., Awaitable[web.StreamResponse]]:
    """The middleware, outermost of all."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        forwarded = request.headers.get(REQUEST_ID) if FORWARDED_ID in request.app else None
        request[_SESSION] = SessionId(forwarded or chance.uuid())
        began = clock.monotonic()
        answer: web.StreamResponse
        try:
            answer = await handler(request)
            status = answer.status
        except Exception as error:  # the last place to put it into words
            answer = refuse(request, error)
            status = answer.status
            if status == 500:
                log.exception("request failed", request_id=session_of(request))
        seconds = clock.monotonic() - began
        metrics.answered(_route(request), status, seconds)
        if not _route(request).startswith(("/healthz", "/readyz", "/metrics")):
            log.info(
                "request",
                request_id=session_of(request),
                method=request.method,
                route=_route(request),
                status=status,
                ms=round(seconds * 1000),
                **request.get(LOGGED, {}),
            )
        return answer

    return middleware


def in_deepgrams_words(request: web.Request, error: Exception) -> web.Response:
    """The answer that clients of the gateway understand."""
    refused = _worded(error)
    answer = web.Response(
        status=refused.status,
        body=refused.body(session_of(request)),
        headers=refused.headers(),
        content_type="application/json",
    )
    if isinstance(error, web.HTTPMethodNotAllowed):
        answer.headers["Allow"] = error.headers["Allow"]
    return answer


def _worded(error: Exception) -> HttpError:
    match error:
        case Refusal():
            return error.error
        case web.HTTPException():
            return of_status(error.status, _HTTP_WORDS.get(error.status, error.reason))
        case AldeaError():
            return of_error(error)
        case ConnectionError():
            return of_status(400, "The connection was lost.")
        case _:
            return INTERNAL


_HTTP_WORDS = {
    404: "There is nothing at this address.",
    405: "This address does not take this method.",
}


def _route(request: web.Request) -> str:
    """The route's pattern: paths themselves are anybody's choice, and would flood the metrics."""
    resource = request.match_info.route.resource
    return "unknown" if resource is None else resource.canonical


async def name_request(request: web.Request, response: web.StreamResponse) -> None:
    """Puts the request's id on every answer, the 101 included."""
    if _SESSION in request:  # else the library refused it before it came to us
        response.headers.setdefault(REQUEST_ID, session_of(request))
    response.headers["Server"] = "aldea"
