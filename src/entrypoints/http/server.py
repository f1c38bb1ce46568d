"""Runs an application until a signal stops it, and drains its sessions so that nothing is lost."""

import asyncio
import errno
import os

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import structlog

from aiohttp import web

from entrypoints.http.app import APART, RUNNER
from entrypoints.http.connection import FastPath
from entrypoints.http.connections import Addresses, ConnectionBounds, TimedHandler
from entrypoints.http.handlers import FAST_PATH
from entrypoints.runtime.jobs import tasks
from entrypoints.runtime.notify import notify_listening
from entrypoints.runtime.periodic import Part, background
from entrypoints.runtime.session_registry import SessionRegistry
from entrypoints.runtime.signals import Signals
from entrypoints.settings import Settings


log = structlog.get_logger()

_SHUTDOWN_SECONDS = 2.0


class CannotListen(Exception):
    """The address is in use, or may not be used."""


@asynccontextmanager
async def serving(
    app: web.Application,
    host: str,
    port: int,
    *,
    reuse_port: bool = False,
    bounds: ConnectionBounds | None = None,
    addresses: Addresses | None = None,
) -> AsyncIterator[int]:
    """
    Serves *app* for as long as the context lasts; yields the port.

    Raises:
        CannotListen: The address is in use, or may not be used.
    """
    async with AsyncExitStack() as stack:
        if APART in app:
            port_apart, apart = app[APART]
            await stack.enter_async_context(
                _serving(apart, host, port_apart, reuse_port, bounds, addresses)
            )
        yield await stack.enter_async_context(
            _serving(app, host, port, reuse_port, bounds, addresses)
        )


@asynccontextmanager
async def _serving(
    app: web.Application,
    host: str,
    port: int,
    reuse_port: bool,
    bounds: ConnectionBounds | None,
    addresses: Addresses | None,
) -> AsyncIterator[int]:
    runner = web.AppRunner(
        app,
        access_log=None,
        handle_signals=False,
        shutdown_timeout=_SHUTDOWN_SECONDS,
    )
    bounds = bounds or ConnectionBounds()
    addresses = addresses or Addresses(bounds.per_address)
    await runner.setup()
    assert runner.server is not None
    path = app.get(FAST_PATH)
    connect: Callable[[], asyncio.Protocol] = partial(
        TimedHandler, runner.server, bounds, addresses
    )
    if path is not None:
        path.library, connect = connect, path.connect
        path.bounds, path.addresses = bounds, addresses
    try:
        server = await _listen(connect, host, port, reuse_port=reuse_port)
        async with AsyncExitStack() as stack:
            if path is not None:
                stack.push_async_callback(path.close, seconds=_SHUTDOWN_SECONDS)
            if RUNNER in app:
                jobs = tasks(Part.SERVER, None, {"connections": partial(_sweep, path, addresses)})
                await stack.enter_async_context(background(app[RUNNER].run(jobs)))
            stack.callback(server.close)
            notify_listening()
            yield server.sockets[0].getsockname()[1]
    finally:
        await runner.cleanup()


def connection_bounds(settings: Settings) -> ConnectionBounds:
    return ConnectionBounds(
        settings.head_seconds, settings.keepalive_seconds, settings.connections_per_address
    )


async def _sweep(path: FastPath | None, addresses: Addresses) -> None:
    if path is not None:
        path.close_idle()
    addresses.forget_closed()


async def _listen(
    connect: Callable[[], asyncio.Protocol], host: str, port: int, *, reuse_port: bool
) -> asyncio.Server:
    loop = asyncio.get_running_loop()
    try:
        return await loop.create_server(
            connect, host, port, reuse_port=reuse_port or None, backlog=4096
        )
    except OSError as error:
        raise CannotListen(
            f"Port {port} on {host} cannot be used: {reason_of(error)}.",
        ) from None


def reason_of(error: OSError) -> str:
    """Why an address cannot be used; event loops repeat the address in the error's own text."""
    known = error.errno is not None and error.errno in errno.errorcode
    return (
        os.strerror(error.errno).lower() if known and error.errno else error.strerror or str(error)
    )


async def until_stopped(signals: Signals, running: SessionRegistry, settings: Settings) -> None:
    """
    Waits for the first signal, then drains; the second signal ends the drain.

    `/readyz` fails at once, so that no new traffic is sent, while `/healthz` stays true.
    """
    await signals.stopped.wait()
    drain = asyncio.create_task(
        running.drain(seconds=settings.drain_seconds, spread=settings.drain_spread_seconds),
    )
    forced = asyncio.create_task(signals.forced.wait())
    await asyncio.wait({drain, forced}, return_when=asyncio.FIRST_COMPLETED)
    if not drain.done():
        drain.cancel()
        await asyncio.gather(drain, return_exceptions=True)
        await running.drain(seconds=0, spread=0)
    forced.cancel()
