"""The backend as a service of its own: `aldea serve backend`."""

from contextlib import AsyncExitStack

import structlog

from entrypoints.back_office import BackOffice
from entrypoints.container import opened, prepare_database
from entrypoints.settings import Settings
from entrypoints.web.server import serving, until_stopped


log = structlog.get_logger()


async def serve(settings: Settings, *, host: str, port: int, reuse_port: bool = False) -> None:
    """
    Runs the backend until it is told to stop.

    Raises:
        CannotListen: The port is taken.
        Unavailable: The database does not answer.
    """
    office = BackOffice(settings=settings)
    running = office.running()
    app = office.backend().app(lambda: not running.draining)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(opened(office, live=False, files=False))
        await prepare_database(office)
        bound = await stack.enter_async_context(serving(app, host, port, reuse_port=reuse_port))
        log.info("serving", service="backend", host=host, port=bound)
        await until_stopped(running, settings)
