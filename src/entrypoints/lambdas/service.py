"""`aldea serve org-sync`: the Lambda function, fed from SQS as by AWS."""

import asyncio
import signal

from concurrent.futures import ThreadPoolExecutor

import structlog

from entrypoints.containers.aldea import aldea
from entrypoints.containers.services import Services
from entrypoints.http.app import new_app
from entrypoints.http.server import connection_bounds, serving
from entrypoints.lambdas.cold_start import COLD_START
from entrypoints.lambdas.event_source import EventSource
from entrypoints.lambdas.org_sync import handler
from entrypoints.runtime.jobs import tasks
from entrypoints.runtime.periodic import Part, Runner
from entrypoints.settings import Settings, SettingsError


log = structlog.get_logger()


async def serve(settings: Settings, *, host: str, port: int) -> None:
    """
    Runs until a signal stops it; the current batch is finished.

    Raises:
        SettingsError: No queue is configured.
        CannotListen: The port is taken.
    """
    if not settings.org_sync_queue_url:
        raise SettingsError("This needs ALDEA_ORG_SYNC_QUEUE_URL.")
    async with aldea(settings, (), migrates=False) as services:
        await _feed(services, host, port)
    log.info("stopped", service="org-sync")


async def _feed(services: Services, host: str, port: int) -> None:
    settings = services.settings
    source = services.sync.org_sync_source()
    assert source is not None
    runner = Runner(
        services.stores.clock(), services.stores.randomness(), services.stores.metrics()
    )
    app = new_app(
        services.stores.randomness(),
        services.stores.clock(),
        services.stores.metrics(),
        lambda: not runner.stopping.is_set(),
        metrics_port=settings.metrics_port,
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, runner.stopping.set)
    bounds = connection_bounds(settings)
    async with serving(app, host, port, bounds=bounds) as bound:
        log.info("serving", service="org-sync", host=host, port=bound)
        try:
            with ThreadPoolExecutor(1, "lambda") as thread:
                events = EventSource(source, handler, thread)
                await runner.run(tasks(Part.ORG_SYNC, settings, {"receive": events.turn}))
        finally:
            await asyncio.to_thread(COLD_START.close)
