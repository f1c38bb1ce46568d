"""An OpenAPI document at `/openapi.json`, and as a page at `/docs`, to which `/` leads."""

from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import Any, final

import attrs
import msgspec

from aiohttp import hdrs, web

from entrypoints.http import docs_page
from entrypoints.http.docs_page import Errors


POLICY_HEADER = "Content-Security-Policy"
# For responses that no browser renders.
POLICY = "default-src 'none'; frame-ancestors 'none'"

_Endpoint = Callable[[web.Request], Awaitable[web.StreamResponse]]


@final
@attrs.frozen
class Documents:
    """
    Args:
        make: Makes the OpenAPI document. It is called once, at the first request.
        errors: Listed at the page's end.
    """

    make: Callable[[], Mapping[str, Any]]
    errors: Errors

    def add_to(self, app: web.Application) -> None:
        made = cache(self.make)
        page = cache(lambda: docs_page.page(made(), self.errors).encode())
        plain = cache(lambda: msgspec.json.encode(made()))
        app.router.add_get("/", _to_docs)
        app.router.add_get("/openapi.json", _shows(plain, "application/json", POLICY))
        app.router.add_get("/docs", _shows(page, "text/html; charset=utf-8", docs_page.POLICY))


async def _to_docs(_: web.Request) -> web.Response:
    return web.Response(status=307, headers={hdrs.LOCATION: "/docs"})


def _shows(make: Callable[[], bytes], media: str, policy: str) -> _Endpoint:
    async def endpoint(_: web.Request) -> web.StreamResponse:
        headers = {hdrs.CONTENT_TYPE: media, POLICY_HEADER: policy}
        return web.Response(body=make(), headers=headers)

    return endpoint
