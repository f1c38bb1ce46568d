"""Work beside the work, for as long as a context lasts."""

import asyncio

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import structlog

from aldea_core.domain.errors import Unavailable


log = structlog.get_logger()

_PATIENCE_SECONDS = 2.0


@asynccontextmanager
async def background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Does *work* beside the context, and ends it with the context. A failure is logged."""
    task = asyncio.create_task(work)
    task.add_done_callback(_tell)
    try:
        yield
    finally:
        await end(task)


async def end(task: asyncio.Task[Any], *, patience: float = _PATIENCE_SECONDS) -> None:
    """
    Cancels *task* until it has ended.

    Once is not always enough: until Python 3.12, `asyncio.wait_for` forgets a cancellation if what
    it waits for is done at the same moment (https://github.com/python/cpython/issues/86296), and
    redis-py waits so for every command it sends.

    Args:
        patience: Seconds until it is cancelled again.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=patience)


async def again(work: Callable[[], Awaitable[object]], seconds: float) -> None:
    """
    Does *deed* with pauses of some *seconds*, until cancelled.

    Whatever goes wrong is logged, and tried again: one bad moment must not end for good what a
    service relies on. What stays away is named once.
    """
    told = ""
    while True:
        try:
            await work()
            told = ""
        except Unavailable as error:
            if error.in_full != told:
                log.warning("trying again", reason=error.in_full)
            told = error.in_full
        except Exception:
            log.exception("trying again")
        await asyncio.sleep(seconds)


def _tell(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("background work failed", exc_info=error)
