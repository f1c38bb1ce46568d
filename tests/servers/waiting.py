"""Waits for a condition instead of sleeping."""

import asyncio

from collections.abc import Awaitable, Callable


async def until(is_so: Callable[[], Awaitable[bool]], *, seconds: float = 60) -> None:
    """Fails if it is not so within *seconds*, which are plenty."""
    async with asyncio.timeout(seconds):
        while not await is_so():
            await asyncio.sleep(0.05)
