"""The frontend as a service: in its own process (`aldea serve frontend`), or beside others in one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from entrypoints.containers.aldea import aldea
from entrypoints.containers.services import Services
from entrypoints.http.server import connection_bounds, serving
from entrypoints.runtime.periodic import Part
from entrypoints.runtime.signals import Signals
from entrypoints.settings import Settings


log = structlog.get_logger()


async def serve(settings: Settings, *, host: str, port: int, reuse_port: bool = False) -> None:
    """
    Runs the frontend until a signal stops it.

    Raises:
        CannotListen: The port is taken.
    """
    if not settings.frontend_secret:
        log.warning("sign-ins end with this process", setting="ALDEA_FRONTEND_SECRET")
    async with aldea(settings, {Part.FRONTEND}, migrates=False) as services:
        signals = Signals()
        async with serving_frontend(
            services,
            signals,
            host,
            port,
            reuse_port=reuse_port,
            metrics_port=settings.metrics_port,
        ) as bound:
            log.info("serving", service="frontend", host=host, port=bound)
            await signals.stopped.wait()


@asynccontextmanager
async def serving_frontend(
    services: Services,
    signals: Signals,
    host: str,
    port: int,
    *,
    reuse_port: bool = False,
    metrics_port: int | None = 0,
) -> AsyncIterator[int]:
    """
    Serves the frontend of *services* for as long as the context lasts; yields the port.

    Args:
        signals: Once it is stopped, it is not ready.
        metrics_port: See `new_app`.

    Raises:
        CannotListen: The port is taken.
    """
    frontend = services.frontend.frontend()
    app = frontend.app(lambda: not signals.stopped.is_set(), metrics_port=metrics_port)
    bounds = connection_bounds(services.settings)
    async with serving(app, host, port, reuse_port=reuse_port, bounds=bounds) as bound:
        yield bound
