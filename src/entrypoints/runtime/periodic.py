"""Background and periodic tasks that end with a context."""

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
    """Runs *work* in a task that is ended with the context. A failure is logged."""
    task = asyncio.create_task(work)
    task.add_done_callback(_log_failure)
    try:
        yield
    finally:
        await end(task)


async def end(task: asyncio.Task[Any], *, patience: float = _PATIENCE_SECONDS) -> None:
    """
    Cancels *task* until it has ended.

    One cancellation is not always enough: until Python 3.12, `asyncio.wait_for` loses a
    cancellation if what it waits for completes at the same moment
    (https://github.com/python/cpython/issues/86296), and redis-py uses it for every command.

    Args:
        patience: Seconds between two cancellations.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=patience)


async def again(work: Callable[[], Awaitable[object]], seconds: float) -> None:
    """
    Runs *work* repeatedly with pauses of *seconds*, until cancelled.

    Failures are logged and do not end the repetition, since services rely on it. A store that stays
    unavailable is logged once.
    """
    logged = ""
    while True:
        try:
            await work()
            logged = ""
        except Unavailable as error:
            if error.in_full != logged:
                log.warning("trying again", reason=error.in_full)
            logged = error.in_full
        except Exception:
            log.exception("trying again")
        await asyncio.sleep(seconds)


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("background work failed", exc_info=error)
