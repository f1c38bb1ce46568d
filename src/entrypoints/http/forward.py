"""Forwards some paths to the backend, so that clients need one address for both."""

from collections.abc import AsyncIterator
from typing import Final, final
from urllib.parse import unquote

import aiohttp

from aiohttp import hdrs, web
from yarl import URL

from aldea_core.domain.errors import NotFound, Unavailable
from entrypoints.http.whole_body import whole_body


# What Deepgram's clients ask for beside transcripts: projects, and keys and usage of them.
PREFIX = "/v1/projects"
_TIMEOUT = aiohttp.ClientTimeout(total=60, sock_connect=5)
# Of one connection only (RFC 9110, 7.6.1), or written anew.
_NOT_FORWARDED = {
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "expect",
    "host",
    "content-length",
}


@final
class Forwarder:
    """
    Args:
        backend: The backend's base URL.
    """

    def __init__(self, backend: str) -> None:
        self._backend: Final = backend.rstrip("/")
        self._client: aiohttp.ClientSession

    def add_to(self, app: web.Application) -> None:
        app.cleanup_ctx.append(self._opened)
        for path in (PREFIX, PREFIX + "/{rest:.*}"):
            app.router.add_route("*", path, self._forward)

    async def _opened(self, _: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession(
            auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar(), timeout=_TIMEOUT
        ) as self._client:
            yield

    async def _forward(self, request: web.Request) -> web.Response:
        """
        Raises:
            NotFound: The path leaves the prefix.
            Unavailable: The backend does not answer.
        """
        if not {".", ".."}.isdisjoint(unquote(request.raw_path.partition("?")[0]).split("/")):
            raise NotFound("There is nothing at this address.")
        headers = [
            (name, value)
            for name, value in request.headers.items()
            if name.lower() not in _NOT_FORWARDED
        ]
        headers.append((hdrs.X_FORWARDED_FOR, request.remote or "unknown"))
        try:
            async with self._client.request(
                request.method,
                URL(self._backend + request.raw_path, encoded=True),
                headers=headers,
                data=await whole_body(request),
                allow_redirects=False,
                skip_auto_headers=(hdrs.USER_AGENT, hdrs.ACCEPT_ENCODING, hdrs.CONTENT_TYPE),
            ) as answer:
                body = await answer.read()
        except (TimeoutError, aiohttp.ClientError) as error:
            raise Unavailable("backend") from error
        response = web.Response(status=answer.status, body=body)
        response.headers.popall(hdrs.CONTENT_TYPE, None)
        for name, value in answer.headers.items():
            if name.lower() not in _NOT_FORWARDED:
                response.headers.add(name, value)
        return response
