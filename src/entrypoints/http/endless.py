"""Responses that go on until the client leaves: when the server stops, they do not hold it up."""

import asyncio

from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web


_OPEN = web.AppKey("endless", set[asyncio.Task[None]])


def end_with_server(app: web.Application) -> None:
    """Lets *app* end its endless responses when it shuts down."""
    app[_OPEN] = set()
    app.on_shutdown.append(_end_all)


@contextmanager
def endless(request: web.Request) -> Iterator[None]:
    """The response to *request* is being sent, and has no end of its own."""
    responding = asyncio.current_task()
    assert responding is not None
    request.app[_OPEN].add(responding)
    try:
        yield
    finally:
        request.app[_OPEN].discard(responding)


async def _end_all(app: web.Application) -> None:
    open_: set[asyncio.Task[None]] = app[_OPEN]
    for responding in list(open_):
        responding.cancel()
