"""The backend's application: routes of all dialects, the OpenAPI document, and security headers."""

import importlib.metadata

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import attrs

from aiohttp import hdrs, web

from aldea_core.ports.clock import Clock
from aldea_core.ports.randomness import Randomness
from aldea_core.ports.tracing import Tracer
from entrypoints.backend.openapi import document
from entrypoints.backend.pipeline.dialects import ApiDialect, ApiRoutes
from entrypoints.backend.pipeline.dispatch import Dispatcher
from entrypoints.backend.pipeline.problems import ProblemKind, worded
from entrypoints.backend.pipeline.routes import Route
from entrypoints.http.app import new_app
from entrypoints.http.docs_page import ErrorKind, Errors
from entrypoints.http.documents import POLICY, POLICY_HEADER, Documents
from entrypoints.http.middleware import session_of
from entrypoints.runtime.metrics import Metrics


# About a thousand times the size of a usual body.
MOST_BYTES = 256 * 1024

_PROBLEMS = Errors(
    "Refusals are `application/problem+json` (RFC 9457).",
    tuple(
        ErrorKind(kind.status, kind.code, f"/docs#{kind.code}", kind.meaning)
        for kind in ProblemKind
    ),
)


class SubApi(Protocol):
    """Endpoints with rules of their own, outside the request pipeline."""

    def add_to(self, app: web.Application) -> None: ...


_Endpoint = Callable[[web.Request], Awaitable[web.StreamResponse]]


@attrs.frozen
class BackendApp:
    """
    Args:
        own: Our own API.
        others: APIs of other companies' dialects.
        origins: Origins of pages that may call the API (CORS).
        url: Where the backend is for its clients, for the documentation.
    """

    own: ApiRoutes
    others: Sequence[ApiRoutes]
    dispatch: Dispatcher
    randomness: Randomness
    clock: Clock
    metrics: Metrics
    origins: tuple[str, ...] = ()
    sub_apis: Sequence[SubApi] = ()
    tracer: Tracer | None = None
    url: str = ""

    def app(self, is_ready: Callable[[], bool], *, metrics_port: int | None = 0) -> web.Application:
        """
        Args:
            metrics_port: See `new_app`.
        """
        app = new_app(
            self.randomness,
            self.clock,
            self.metrics,
            is_ready,
            self._refuse,
            tracer=self.tracer,
            most_bytes=MOST_BYTES,
            metrics_port=metrics_port,
            origins=self.origins,
        )
        app.on_response_prepare.append(_secure)
        for api in (self.own, *self.others):
            for route in api.routes:
                endpoint = self._endpoint(api.dialect, route)
                app.router.add_route(route.method, route.path, endpoint)
                if not route.is_change:
                    app.router.add_route("HEAD", route.path, endpoint)
        Documents(self._described, _PROBLEMS).add_to(app)
        for sub_api in self.sub_apis:
            sub_api.add_to(app)
        return app

    def _described(self) -> dict[str, Any]:
        version = importlib.metadata.version("aldea")
        return document([self.own, *self.others], version=version, url=self.url)

    def _endpoint(self, dialect: ApiDialect, route: Route) -> _Endpoint:
        async def endpoint(request: web.Request) -> web.StreamResponse:
            return await self.dispatch(dialect, route, request)

        return endpoint

    def _refuse(self, request: web.Request, error: Exception) -> web.Response:
        dialects = (api.dialect for api in self.others)
        spoken = (one for one in dialects if request.path.startswith(one.prefixes))
        dialect = next(spoken, self.own.dialect)
        return dialect.refuse(worded(error), session_of(request))


async def _secure(_: web.Request, response: web.StreamResponse) -> None:
    """Adds headers against framing, content sniffing and caching."""
    headers = response.headers
    headers.setdefault(hdrs.CACHE_CONTROL, "no-store")
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Referrer-Policy"] = "no-referrer"
    headers.setdefault(POLICY_HEADER, POLICY)
