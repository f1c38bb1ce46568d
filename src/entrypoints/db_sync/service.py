"""
The service `aldea serve db-sync`.

Any number of replicas share the work. What one had claimed when it died, another claims again.
"""

import asyncio
import signal

from contextlib import AsyncExitStack

import structlog

from entrypoints.containers.aldea import aldea, migrate_database
from entrypoints.containers.services import Services
from entrypoints.db_sync.fill import Fill
from entrypoints.db_sync.metrics import SyncMetrics
from entrypoints.db_sync.reconcile import Reconcile
from entrypoints.http.app import new_app
from entrypoints.http.server import connection_bounds, serving
from entrypoints.runtime.jobs import tasks
from entrypoints.runtime.periodic import Part, PeriodicTask, Runner
from entrypoints.settings import Settings


log = structlog.get_logger()


async def serve(settings: Settings, *, host: str, port: int) -> None:
    """
    Runs until a signal stops it, and then finishes its current work.

    Raises:
        CannotListen: The port is taken.
    """
    async with AsyncExitStack() as stack:
        # Migrated by the first job, which waits for the database while the probes are served.
        services = await stack.enter_async_context(
            aldea(settings, (), service="db-sync", migrates=False)
        )
        metrics = SyncMetrics()
        clock, randomness = services.stores.clock(), services.stores.randomness()
        runner = Runner(clock, randomness, metrics)
        app = new_app(
            randomness,
            clock,
            metrics,
            lambda: runner.are_well and not runner.stopping.is_set(),
            metrics_port=settings.metrics_port,
        )
        bound = await stack.enter_async_context(
            serving(app, host, port, bounds=connection_bounds(settings))
        )
        work = asyncio.create_task(_work(services, runner, metrics))
        _stop_on_signals(runner, work)
        log.info("serving", service="db-sync", host=host, port=bound)
        try:
            await work
        except asyncio.CancelledError:
            log.warning("stopped in the middle of its work")


def _stop_on_signals(runner: Runner, work: asyncio.Task[None]) -> None:
    """The first signal stops after the current work, the second cancels it."""

    def stop() -> None:
        if runner.stopping.is_set():
            work.cancel()
        runner.stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)


async def _work(services: Services, runner: Runner, metrics: SyncMetrics) -> None:
    prepare, *rest = _tasks(services, runner, metrics)
    await runner.once(prepare)
    await runner.run(rest)


def _tasks(services: Services, runner: Runner, metrics: SyncMetrics) -> list[PeriodicTask]:
    settings, measure_outbox = services.settings, services.metering.measure_outbox()
    feed = services.metering.usage_feed()

    async def prepare() -> None:
        await migrate_database(services)
        redis = services.stores.redis()
        if redis is not None:
            await redis.open()

    async def measure() -> None:
        metrics.waiting(await measure_outbox())
        metrics.usage_aside(await feed.aside())

    has_queue = bool(settings.org_sync_queue_url)
    return tasks(
        Part.DB_SYNC,
        settings,
        {
            "prepare": prepare,
            # Without a queue, this process copies changes itself. Its memory would be lost if it
            # died, so changes are copied while they are claimed; only orgs that a sweep found wait
            # in memory.
            "relay": services.sync.relay_changes() if has_queue else services.sync.sync_orgs(),
            "sync": None if has_queue else services.sync.sync_queued(),
            "drain": services.metering.drain_usage(),
            "settle": services.metering.settle_lapsed(),
            "refusals": services.billing.record_refusals(),
            "uses": services.metering.record_key_uses(),
            "measure": measure,
            "fill": Fill(
                services.sync.fill_marks(),
                services.sync.seed_orgs(),
                services.metering.raise_meters(),
                metrics,
                services.stores.clock(),
                runner.stopping,
            ),
            "reconcile": Reconcile(
                services.sync.compare_orgs(),
                services.sync.repair_drift(),
                services.metering.raise_meters(),
                metrics,
                runner,
                services.stores.samples(),
                services.stores.clock(),
            ),
            "caps": services.billing.fit_caps(),
            "invoices": services.invoicing.make_due_invoices(),
            "alerts": services.invoicing.watch_usage(),
            "keys": services.notifications.watch_keys(),
        },
        waits={"relay": services.sync.change_signal().wait},
    )
