"""
Calls from pages of other origins (the Fetch standard's CORS), where a setting allows them.

Credentials are in headers, so cookies are never allowed.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from aiohttp import hdrs, web


_METHODS = "GET, POST, PATCH, PUT, DELETE"
_ASKED = (
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Timestamps, "
    "X-Deepgram-Session-Id"
)
_EXPOSED = (
    "ETag, Retry-After, Idempotency-Replayed, X-In-Effect, Content-Disposition, dg-error, "
    "dg-request-id, x-request-id, RateLimit, RateLimit-Policy, X-RateLimit-Limit, "
    "X-RateLimit-Remaining, X-RateLimit-Reset"
)
_REMEMBERED_SECONDS = "600"
_VARY: Mapping[str, str] = {hdrs.VARY: hdrs.ORIGIN}

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Cors:
    """
    Args:
        origins: Origins whose pages may call; at least one.
    """

    def __init__(self, origins: tuple[str, ...]) -> None:
        self._origins: Final = frozenset(origins)

    def headers(self, origin: str | None) -> Mapping[str, str]:
        """Headers of a response to a page of *origin*."""
        if origin not in self._origins or origin is None:
            return _VARY
        return {
            **_VARY,
            hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: origin,
            hdrs.ACCESS_CONTROL_EXPOSE_HEADERS: _EXPOSED,
        }

    def add_to(self, app: web.Application) -> None:
        """Answers preflights, before anything else is asked, and adds headers to every response."""
        app.middlewares.append(self._preflight())
        app.on_response_prepare.append(self._allow)

    def _preflight(self) -> Callable[..., Awaitable[web.StreamResponse]]:
        @web.middleware
        async def middleware(request: web.Request, handler: _Handler) -> web.StreamResponse:
            asks = hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers
            is_allowed = request.headers.get(hdrs.ORIGIN) in self._origins
            if request.method == hdrs.METH_OPTIONS and asks and is_allowed:
                return web.Response(
                    status=204,
                    headers={
                        hdrs.ACCESS_CONTROL_ALLOW_METHODS: _METHODS,
                        hdrs.ACCESS_CONTROL_ALLOW_HEADERS: _ASKED,
                        hdrs.ACCESS_CONTROL_MAX_AGE: _REMEMBERED_SECONDS,
                    },
                )
            return await handler(request)

        return middleware

    async def _allow(self, request: web.Request, response: web.StreamResponse) -> None:
        for name, value in self.headers(request.headers.get(hdrs.ORIGIN)).items():
            response.headers[name] = value
