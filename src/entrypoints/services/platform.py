"""
The backend and the frontend as services: each in its own process (`aldea serve backend`), or beside
others in one.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import structlog

from entrypoints.containers.aldea import aldea
from entrypoints.containers.services import Services
from entrypoints.http.server import connection_bounds, serving
from entrypoints.runtime.gc import tune_gc
from entrypoints.runtime.periodic import Part
from entrypoints.runtime.signals import Signals
from entrypoints.settings import Settings


log = structlog.get_logger()


@attrs.frozen
class PlatformService:
    """
    Args:
        migrates: Whether it brings the database to the newest schema as it starts.
    """

    part: Part
    migrates: bool


BACKEND = PlatformService(Part.BACKEND, migrates=True)
FRONTEND = PlatformService(Part.FRONTEND, migrates=False)


async def serve(
    service: PlatformService,
    settings: Settings,
    *,
    host: str,
    port: int,
    reuse_port: bool = False,
) -> None:
    """
    Runs *service* until a signal stops it.

    Raises:
        CannotListen: The port is taken.
        Unavailable: The database does not answer.
    """
    _warn(service, settings)
    async with aldea(
        settings, {service.part}, service=service.part.value, migrates=service.migrates
    ) as services:
        signals = Signals()
        async with serving_platform(
            service,
            services,
            signals,
            host,
            port,
            reuse_port=reuse_port,
            metrics_port=settings.metrics_port,
        ) as bound:
            tune_gc()
            log.info("serving", service=service.part.value, host=host, port=bound)
            await signals.stopped.wait()


@asynccontextmanager
async def serving_platform(
    service: PlatformService,
    services: Services,
    signals: Signals,
    host: str,
    port: int,
    *,
    reuse_port: bool = False,
    metrics_port: int | None = 0,
) -> AsyncIterator[int]:
    """
    Serves *service*, made of *services*, for as long as the context lasts; yields the port.

    Args:
        signals: Once it is stopped, the service is not ready.
        metrics_port: See `new_app`.

    Raises:
        CannotListen: The port is taken.
    """
    made = services.api.backend() if service is BACKEND else services.frontend.frontend()
    app = made.app(lambda: not signals.stopped.is_set(), metrics_port=metrics_port)
    bounds = connection_bounds(services.settings)
    async with serving(app, host, port, reuse_port=reuse_port, bounds=bounds) as bound:
        yield bound


def _warn(service: PlatformService, settings: Settings) -> None:
    if service is BACKEND and not settings.smtp_url and not settings.letters_dir:
        log.warning("letters go nowhere", setting="ALDEA_SMTP_URL")
    if service is FRONTEND and not settings.frontend_secret:
        log.warning("sign-ins end with this process", setting="ALDEA_FRONTEND_SECRET")
