"""Requests as steps of a trace, named by OpenTelemetry's conventions for HTTP."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from aldea_core.ports.tracing import Span, SpanKind, Tracer
from entrypoints.http.refusals import refusal_of
from entrypoints.http.request import Answer, Handler, Request


TRACEPARENT = "traceparent"
TRACER = web.AppKey("tracer", Tracer)

_Library = Callable[[web.Request], Awaitable[web.StreamResponse]]


def traced(tracer: Tracer, method: str, route: str, handler: Handler) -> Handler:
    """
    *handler* with a step around it, from a request's head to its answer; a live stream's lasts as
    long as the stream.
    """

    async def traced_handler(request: Request) -> Answer:
        with tracer.span(
            f"{method} {route}",
            SpanKind.SERVER,
            parent=request.headers.get(TRACEPARENT, ""),
            # Without the query: tokens of browsers may be in it.
            attributes={
                "http.request.method": method,
                "http.route": route,
                "aldea.request_id": request.session,
            },
        ) as span:
            try:
                answer = await handler(request)
            except Exception as error:  # noqa: BLE001 (the caller turns it into a response)
                refused = error
            else:
                _note(span, answer.status)
                return answer
            _note(span, refusal_of(refused, request.session).status)
        raise refused

    return traced_handler


def around_requests(tracer: Tracer) -> Callable[..., Awaitable[web.StreamResponse]]:
    """The same for requests that the HTTP library serves."""

    @web.middleware
    async def middleware(request: web.Request, handler: _Library) -> web.StreamResponse:
        resource = request.match_info.route.resource
        route = "unknown" if resource is None else resource.canonical
        with tracer.span(
            f"{request.method} {route}",
            SpanKind.SERVER,
            parent=request.headers.get(TRACEPARENT, ""),
            attributes={"http.request.method": request.method, "http.route": route},
        ) as span:
            answer = await handler(request)
            _note(span, answer.status)
            return answer

    return middleware


def _note(span: Span, status: int) -> None:
    span.note("http.response.status_code", status)
    if status >= 500:
        span.fail(str(status))
