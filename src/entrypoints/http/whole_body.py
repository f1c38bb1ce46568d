"""Reading a small body at once, in time."""

import asyncio

from aiohttp import web


_SECONDS = 30.0


async def whole_body(request: web.Request, seconds: float = _SECONDS) -> bytes:
    """
    Raises:
        web.HTTPRequestTimeout: It did not come.
        web.HTTPRequestEntityTooLarge: It is larger than the application takes.
    """
    try:
        async with asyncio.timeout(seconds):
            return await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
