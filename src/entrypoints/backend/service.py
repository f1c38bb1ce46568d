"""The backend as a service: in its own process (`aldea serve backend`), or beside others in one."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Protocol, runtime_checkable

import structlog

from entrypoints.containers.opening import opened, prepare_database
from entrypoints.containers.services import Services
from entrypoints.http.server import connection_bounds, serving, until_stopped
from entrypoints.runtime.jobs import tasks
from entrypoints.runtime.periodic import Part, Runner, background
from entrypoints.runtime.signals import Signals
from entrypoints.settings import Settings


log = structlog.get_logger()


@runtime_checkable
class Closable(Protocol):
    """A part that must finish its pending work before the process ends."""

    async def close(self) -> None: ...


async def serve(settings: Settings, *, host: str, port: int, reuse_port: bool = False) -> None:
    """
    Runs the backend until a signal stops it.

    Raises:
        CannotListen: The port is taken.
        Unavailable: The database does not answer.
    """
    services = Services(settings)
    if not settings.smtp_url and not settings.letters_dir:
        log.warning("letters go nowhere", setting="ALDEA_SMTP_URL")
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(opened(services, live=False, files=False))
        await prepare_database(services)
        signals = Signals()
        bound = await stack.enter_async_context(
            serving_backend(
                services, host, port, reuse_port=reuse_port, metrics_port=settings.metrics_port
            ),
        )
        log.info("serving", service="backend", host=host, port=bound)
        await until_stopped(signals, services.gateway.running(), settings)


@asynccontextmanager
async def serving_backend(
    services: Services,
    host: str,
    port: int,
    *,
    reuse_port: bool = False,
    metrics_port: int | None = 0,
) -> AsyncIterator[int]:
    """
    Serves the backend of *services* for as long as the context lasts; yields the port.

    Args:
        metrics_port: See `new_app`.

    Raises:
        CannotListen: The port is taken.
    """
    running = services.gateway.running()
    app = services.api.backend().app(lambda: not running.draining, metrics_port=metrics_port)
    async with AsyncExitStack() as stack:
        emails = services.people.emails()
        if isinstance(emails, Closable):
            stack.push_async_callback(emails.close)
        bound = await stack.enter_async_context(
            serving(
                app, host, port, reuse_port=reuse_port, bounds=connection_bounds(services.settings)
            )
        )
        runner = Runner(
            services.stores.clock(), services.stores.randomness(), services.stores.metrics()
        )
        jobs = tasks(Part.BACKEND, services.settings, {"forget": services.identity.forget_old()})
        await stack.enter_async_context(background(runner.run(jobs)))
        yield bound
