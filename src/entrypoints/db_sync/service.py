"""
The service `aldea serve db-sync`.

Any number of replicas share the work. What one had claimed when it died, another claims again.
"""

import asyncio
import signal

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import structlog

from aldea_core.domain.errors import Unavailable
from entrypoints.back_office import BackOffice
from entrypoints.container import close, prepare_database
from entrypoints.db_sync.fill import Fill
from entrypoints.db_sync.jobs import Job, Jobs
from entrypoints.db_sync.metrics import SyncMetrics
from entrypoints.db_sync.reconcile import Reconcile
from entrypoints.http.app import new_app
from entrypoints.http.server import connection_bounds, serving
from entrypoints.settings import Settings


log = structlog.get_logger()

_DRAIN_SECONDS = 0.5
_SETTLE_SECONDS = 5.0
_REFUSALS_SECONDS = 15.0
_MEASURE_SECONDS = 5.0
_PREPARE_SECONDS = 1.0
_QUEUED_SECONDS = 0.5
_FILL_SECONDS = 0.5
# Refusing needs an operator, and each attempt walks through all of Redis.
_REFUSED_SECONDS = 60.0
_CAPS_SECONDS = 15.0
_INVOICES_SECONDS = 600.0


async def serve(settings: Settings, *, host: str, port: int) -> None:
    """
    Runs until a signal stops it, and then finishes its current work.

    Raises:
        CannotListen: The port is taken.
    """
    container = BackOffice(settings=settings)
    metrics = SyncMetrics(container.clock())
    jobs = Jobs(metrics)
    app = new_app(
        container.randomness(),
        container.clock(),
        metrics,
        lambda: jobs.are_well and not jobs.stopping.is_set(),
        metrics_port=settings.metrics_port,
    )
    async with AsyncExitStack() as stack:
        stack.push_async_callback(close, container)
        stack.push_async_callback(container.change_signal().close)
        bound = await stack.enter_async_context(
            serving(app, host, port, bounds=connection_bounds(settings))
        )
        work = asyncio.create_task(_work(container, jobs))
        _stop_on_signals(jobs, work)
        log.info("serving", service="db-sync", host=host, port=bound)
        try:
            await work
        except asyncio.CancelledError:
            log.warning("stopped in the middle of its work")


def _stop_on_signals(jobs: Jobs, work: asyncio.Task[None]) -> None:
    """The first signal stops after the current work, the second cancels it."""

    def stop() -> None:
        if jobs.stopping.is_set():
            work.cancel()
        jobs.stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)


async def _work(container: BackOffice, jobs: Jobs) -> None:
    while not jobs.stopping.is_set():
        try:
            await prepare_database(container)
            redis = container.redis()
            if redis is not None:
                await redis.open()
        except Unavailable as error:
            log.warning("waiting", reason=error.in_full)
            await jobs.unless_stopped(asyncio.sleep(_PREPARE_SECONDS))
        else:
            await jobs.run(_jobs(container, jobs))
            return


def _jobs(container: BackOffice, jobs: Jobs) -> list[Job]:
    settings = container.settings()
    changes, changed = container.changes(), container.change_signal()
    fill = Fill(
        container.fill_marks(),
        container.seed_orgs(),
        container.raise_meters(),
        jobs.metrics,
        jobs,
    )
    reconcile = Reconcile(
        container.compare_orgs(),
        container.repair_drift(),
        container.raise_meters(),
        jobs.metrics,
        jobs,
    )

    async def measure() -> int:
        jobs.metrics.waiting(await changes.waiting())
        return 0

    async def fit_caps() -> int:
        await container.fit_caps()()
        return 0  # 0 rests: there is nothing to do until more is used

    async def record_refusals() -> int:
        await container.record_refusals()()
        return 0  # 0 rests: refusals are counted meanwhile

    async def until_next_sweep() -> None:
        # Random, so that replicas started together do not sweep together.
        spread = 0.75 + container.randomness().bytes(1)[0] / 512
        await asyncio.sleep(settings.reconcile_seconds * spread)

    has_queue = bool(settings.org_sync_queue_url)
    # Without a queue, this process copies changes itself. Its memory would be lost if it died, so
    # changes are copied while they are claimed; only orgs that a sweep found wait in memory.
    relay = container.relay_changes() if has_queue else container.sync_orgs()
    wanted = [
        Job("relay", relay, lambda: changed.wait(settings.relay_seconds)),
        Job("drain", container.drain_usage(), _every(_DRAIN_SECONDS)),
        Job("settle", container.settle_lapsed(), _every(_SETTLE_SECONDS)),
        Job("refusals", record_refusals, _every(_REFUSALS_SECONDS)),
        Job("measure", measure, _every(_MEASURE_SECONDS)),
        Job(
            "fill",
            fill,
            lambda: asyncio.sleep(_REFUSED_SECONDS if fill.is_refused else _FILL_SECONDS),
        ),
        Job("reconcile", reconcile, until_next_sweep),
        Job("caps", fit_caps, _every(_CAPS_SECONDS)),
        Job("invoices", container.make_due_invoices(), _every(_INVOICES_SECONDS)),
    ]
    if not has_queue:
        wanted.append(Job("sync", container.sync_queued(), _every(_QUEUED_SECONDS)))
    return wanted


def _every(seconds: float) -> Callable[[], Awaitable[None]]:
    return lambda: asyncio.sleep(seconds)
