"""Calls from pages of other origins (the Fetch standard's CORS), where a setting allows them."""

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import hdrs, web


_METHODS = "GET, POST, PATCH, PUT, DELETE"
_ASKED = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match"
_TOLD = "ETag, Retry-After, Idempotency-Replayed, X-In-Effect, dg-request-id"
_REMEMBERED_SECONDS = "600"

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Cors:
    """
    Args:
        origins: Origins whose pages may call. Credentials are in headers, so cookies are never
            allowed.
    """

    def __init__(self, origins: tuple[str, ...]) -> None:
        self._origins: Final = frozenset(origins)

    def add_to(self, app: web.Application) -> None:
        app.middlewares.append(self._preflight())
        app.on_response_prepare.append(self._allow)

    def _preflight(self) -> Callable[..., Awaitable[web.StreamResponse]]:
        @web.middleware
        async def middleware(request: web.Request, handler: _Handler) -> web.StreamResponse:
            asks = hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers
            if request.method == hdrs.METH_OPTIONS and asks and self._allows(request):
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
        if not self._origins:
            return
        response.headers.add(hdrs.VARY, hdrs.ORIGIN)
        if self._allows(request):
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = request.headers[hdrs.ORIGIN]
            response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = _TOLD

    def _allows(self, request: web.Request) -> bool:
        return request.headers.get(hdrs.ORIGIN) in self._origins
