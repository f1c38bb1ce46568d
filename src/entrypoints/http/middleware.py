"""Middleware for requests that the HTTP library serves: request ids, worded errors, log and metrics."""

from collections.abc import Awaitable, Callable

import structlog

from aiohttp import hdrs, web

from aldea_core.domain.ids import SessionId
from aldea_core.ports.clock import Clock
from aldea_core.ports.randomness import Randomness
from entrypoints.http.access_log import AccessLog
from entrypoints.http.refusals import refusal_of
from entrypoints.http.request import REQUEST_ID, SERVER, Answer
from entrypoints.http.strictness import broken_rule


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Refuse = Callable[[web.Request, Exception], web.Response]

# Set on engines: requests of a gateway bring the id that the client was given.
FORWARDED_ID = web.AppKey("forwarded_id", bool)
_SESSION = web.RequestKey("session", SessionId)
# Further fields of a request's log line.
LOGGED = web.RequestKey("logged", dict[str, str])

log = structlog.get_logger()


def session_of(request: web.Request) -> SessionId:
    """The id of this request, and of the session it opens."""
    return request[_SESSION]


def around(
    randomness: Randomness, clock: Clock, access_log: AccessLog, refuse: Refuse
) -> Callable[..., Awaitable[web.StreamResponse]]:
    """The outermost middleware."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        forwarded = request.headers.get(REQUEST_ID) if FORWARDED_ID in request.app else None
        request[_SESSION] = session = SessionId(forwarded or randomness.uuid())
        began = clock.monotonic()
        answer: web.StreamResponse
        try:
            broken = broken_rule(request)
            if broken is None:
                answer = await handler(request)
            else:
                answer = sent(Answer(broken.status, broken.body(session), broken.headers()))
                answer.force_close()
            status = answer.status
        except Exception as error:  # turned into a response
            answer = refuse(request, error)
            status = answer.status
            if status == 500:
                log.exception("request failed", request_id=session)
        logged = request.get(LOGGED, {})
        access_log.answered(request.method, _route(request), status, session, began, **logged)
        return answer

    return middleware


def in_deepgrams_words(request: web.Request, error: Exception) -> web.Response:
    """The error response in the Deepgram dialect, for clients of the gateway."""
    return sent(refusal_of(error, session_of(request)))


def sent(answer: Answer) -> web.Response:
    """*answer* as the library's response."""
    return web.Response(
        status=answer.status,
        body=answer.body,
        # As a header: the library's own parameter takes no charset.
        headers={hdrs.CONTENT_TYPE: answer.content_type, **answer.headers},
    )


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return "unknown" if resource is None else resource.canonical


async def name_request(request: web.Request, response: web.StreamResponse) -> None:
    """Puts the request's id on every response, the 101 included."""
    if _SESSION in request:  # else the library refused it before the middleware ran
        response.headers.setdefault(REQUEST_ID, session_of(request))
    response.headers["Server"] = SERVER
