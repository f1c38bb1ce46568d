"""The backend as a service: in its own process (`aldea serve backend`), or beside others in one."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Protocol, runtime_checkable

import structlog

from entrypoints.back_office import BackOffice
from entrypoints.container import opened, prepare_database
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
    office = BackOffice(settings=settings)
    if not settings.smtp_url and not settings.letters_dir:
        log.warning("letters go nowhere", setting="ALDEA_SMTP_URL")
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(opened(office, live=False, files=False))
        await prepare_database(office)
        signals = Signals()
        bound = await stack.enter_async_context(
            serving_backend(
                office, host, port, reuse_port=reuse_port, metrics_port=settings.metrics_port
            ),
        )
        log.info("serving", service="backend", host=host, port=bound)
        await until_stopped(signals, office.running(), settings)


@asynccontextmanager
async def serving_backend(
    office: BackOffice,
    host: str,
    port: int,
    *,
    reuse_port: bool = False,
    metrics_port: int | None = 0,
) -> AsyncIterator[int]:
    """
    Serves the backend of the container *office* for as long as the context lasts; yields the port.

    Args:
        metrics_port: See `new_app`.

    Raises:
        CannotListen: The port is taken.
    """
    running = office.running()
    app = office.backend().app(lambda: not running.draining, metrics_port=metrics_port)
    async with AsyncExitStack() as stack:
        emails = office.emails()
        if isinstance(emails, Closable):
            stack.push_async_callback(emails.close)
        bound = await stack.enter_async_context(
            serving(
                app, host, port, reuse_port=reuse_port, bounds=connection_bounds(office.settings())
            )
        )
        runner = Runner(office.clock(), office.randomness(), office.metrics())
        jobs = tasks(Part.BACKEND, office.settings(), {"forget": office.forget_old()})
        await stack.enter_async_context(background(runner.run(jobs)))
        yield bound
