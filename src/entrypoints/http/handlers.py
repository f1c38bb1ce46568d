"""Registers a gateway's handlers, for the fast path and for the HTTP library."""

from collections.abc import AsyncIterator
from typing import final

import attrs

from aiohttp import ClientPayloadError, HttpVersion11, hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

from aldea_core.domain.errors import UploadInterrupted
from entrypoints.http.connection import FastPath
from entrypoints.http.middleware import sent, session_of
from entrypoints.http.request import Handler, Request
from entrypoints.http.traced import TRACER, traced


_CONTINUE = "100-continue"
FAST_PATH = web.AppKey("fast_path", FastPath)


def add_handler(app: web.Application, method: str, path: str, handler: Handler) -> None:
    """*handler* answers *method* at *path*, on the fast path and in the HTTP library."""
    if TRACER in app:
        handler = traced(app[TRACER], method, path, handler)

    async def by_library(request: web.Request) -> web.StreamResponse:
        if request.headers.get(hdrs.EXPECT, _CONTINUE).lower() != _CONTINUE:
            raise web.HTTPExpectationFailed  # before a session is opened
        return sent(await handler(read(request)))

    app.router.add_route(method, path, by_library, expect_handler=_wait_to_go_on)
    app[FAST_PATH].handlers[method, path] = handler


def read(request: web.Request) -> Request:
    """The library's *request* as handlers see it."""
    names = dict.fromkeys(name.lower() for name in request.headers)
    if request.version < HttpVersion11:
        names.pop("upgrade", None)  # RFC 9110, 7.8
    return Request(
        session_of(request),
        tuple(request.query.items()),
        {name: ", ".join(request.headers.getall(name)) for name in names},
        _LibraryBody(request),
        request.transport,
    )


async def _wait_to_go_on(_: web.Request) -> None:
    """Replaces the library's answer to `Expect`, which it sends before anything is checked."""


@final
@attrs.frozen
class _LibraryBody:
    request: web.Request

    @property
    def size(self) -> int | None:
        return self.request.content_length

    @property
    def whole(self) -> None:
        return None

    async def chunks(self) -> AsyncIterator[bytes]:
        await self._go_on()
        try:
            async for chunk in self.request.content.iter_any():
                yield chunk
        except (ClientPayloadError, ConnectionError, HttpProcessingError) as error:
            raise UploadInterrupted("The upload ended before it was complete.") from error

    async def _go_on(self) -> None:
        """
        Sends `100 Continue` to a client that waits for it (RFC 9110, 10.1.1).

        It is sent when the body is read, not before, so that a client need not send a refused
        upload. A client of HTTP/1.0 would take it for the answer.
        """
        if hdrs.EXPECT not in self.request.headers or self.request.version < HttpVersion11:
            return
        if self.request.transport is not None:
            self.request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
