"""Running an application until it is told to stop, and stopping it so that nothing is lost."""

import asyncio
import signal

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import structlog

from aiohttp import web

from entrypoints.running import RunningSessions
from entrypoints.settings import Settings


log = structlog.get_logger()

# Of an upload, read at once; twice as much may wait to be passed on.
_READ_BYTES = 2**17


class CannotListen(Exception):
    """The address is taken, or is not ours to take."""


@asynccontextmanager
async def serving(
    app: web.Application,
    host: str,
    port: int,
    *,
    reuse_port: bool = False,
) -> AsyncIterator[int]:
    """
    Serves *app* for as long as the context lasts, and says on which port.

    Raises:
        CannotListen: Somebody else does, or it is not allowed.
    """
    runner = web.AppRunner(
        app,
        access_log=None,
        handle_signals=False,
        shutdown_timeout=2,
        read_bufsize=_READ_BYTES,
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port, reuse_port=reuse_port, backlog=4096)
        try:
            await site.start()
        except OSError as error:
            raise CannotListen(
                f"Port {port} on {host} cannot be used: {error.strerror or error}.",
            ) from None
        addresses: Sequence[tuple[str, int]] = runner.addresses
        yield addresses[0][1]
    finally:
        await runner.cleanup()


async def until_stopped(running: RunningSessions, settings: Settings) -> None:
    """
    Waits for SIGTERM or SIGINT, then drains; a second signal ends the drain.

    Readiness fails at once, so that no new traffic comes, while `/healthz` stays true.
    """
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    hurried = asyncio.Event()

    def stop() -> None:
        (hurried if stopped.is_set() else stopped).set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    await stopped.wait()
    drain = asyncio.create_task(
        running.drain(seconds=settings.drain_seconds, spread=settings.drain_spread_seconds),
    )
    hurry = asyncio.create_task(hurried.wait())
    await asyncio.wait({drain, hurry}, return_when=asyncio.FIRST_COMPLETED)
    if not drain.done():
        drain.cancel()
        await asyncio.gather(drain, return_exceptions=True)
        await running.drain(seconds=0, spread=0)
    hurry.cancel()
