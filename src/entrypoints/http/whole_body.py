"""Reads a small body into memory, under a deadline."""

import asyncio

from aiohttp import web


_SECONDS = 30.0


async def whole_body(request: web.Request, seconds: float = _SECONDS) -> bytes:
    """
    Raises:
        web.HTTPRequestTimeout: The body did not arrive in time.
        web.HTTPRequestEntityTooLarge: It is larger than the application takes.
    """
    try:
        async with asyncio.timeout(seconds):
            return await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
