"""Everything in one process group, for a laptop: `aldea up`."""

import asyncio

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import attrs

from aldea_core.domain.billing.usage import UsageRecord
from aldea_core.domain.ids import OrgId
from entrypoints.backend.service import serving_backend
from entrypoints.containers.opening import opened, prepare_database
from entrypoints.containers.services import Services
from entrypoints.devstack.first_owner import EMAIL, bootstrap_owner
from entrypoints.devstack.ports import chosen_port, reached
from entrypoints.devstack.ready import FILE, Ready, write_private
from entrypoints.http.server import connection_bounds, serving, until_stopped
from entrypoints.runtime.gc import tune_gc
from entrypoints.runtime.jobs import tasks
from entrypoints.runtime.open_files import within_open_files
from entrypoints.runtime.periodic import Part, Runner, background
from entrypoints.runtime.services import make_app
from entrypoints.runtime.signals import Signals
from entrypoints.settings import Settings


_SYNC_PAGE = 500


async def run(
    settings: Settings,
    *,
    data_dir: Path,
    host: str,
    port: int,
    backend_port: int,
    on_ready: Callable[[Ready], None],
) -> None:
    """
    Serves the API and the backend until a signal stops it.

    Raises:
        CannotListen: A port is taken.
        Unavailable: A store or an engine does not answer.
    """
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not settings.database_url:
        settings = attrs.evolve(settings, database_url=f"sqlite:///{data_dir / 'aldea.db'}")
    if not settings.spool_dir:
        settings = attrs.evolve(settings, spool_dir=str(data_dir / "spool"))
    # Both ports are known before the gateway is made, which forwards to the backend.
    backend_port = chosen_port(host, backend_port)
    if not settings.backend_url:
        settings = attrs.evolve(settings, backend_url=f"http://{reached(host)}:{backend_port}")
    settings = within_open_files(settings)
    services = Services(settings)
    running = services.gateway.running()
    # Before anything connects: settings that make no sense leave nothing open.
    app = make_app(services, live=True, files=True)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(opened(services, live=True, files=True))
        await prepare_database(services)
        owner = await bootstrap_owner(services, data_dir / FILE)
        await _sync_all(services)
        signals = Signals()
        bound = await stack.enter_async_context(
            serving(app, host, port, bounds=connection_bounds(settings))
        )
        await stack.enter_async_context(background(running.turn()))
        is_local = services.stores.redis() is None
        if is_local:
            stack.callback(services.gateway.checkpoints().close)
        jobs = tasks(
            Part.LAPTOP,
            settings,
            {
                "checkpoint": _keeper(services) if is_local else None,
                "copy": services.sync.sync_orgs(),
                "drain": None if is_local else services.sync.drain_usage(),
                "settle": services.sync.settle_lapsed(),
                "refusals": services.billing.record_refusals(),
                "caps": services.billing.fit_caps(),
                "invoices": services.billing.make_due_invoices(),
            },
        )
        runner = Runner(
            services.stores.clock(), services.stores.randomness(), services.stores.metrics()
        )
        await stack.enter_async_context(background(runner.run(jobs)))
        shown_there = None if settings.metrics_port else 0  # one metrics page per process
        backend = await stack.enter_async_context(
            serving_backend(services, host, backend_port, metrics_port=shown_there)
        )
        more = {
            "backend": f"http://{reached(host)}:{backend}",
            "email": EMAIL,
            "password": owner.password,
        }
        ready = Ready(f"http://{reached(host)}:{bound}", owner.org, owner.key, more)
        write_private(data_dir / FILE, ready.document())
        tune_gc()
        on_ready(ready)
        await until_stopped(signals, running, settings)


def _keeper(services: Services) -> Callable[[], Awaitable[None]]:
    """
    Leases are in this process's memory, so their usage is checkpointed to disk in case it is
    killed.
    """
    running, checkpoints, clock = (
        services.gateway.running(),
        services.gateway.checkpoints(),
        services.stores.clock(),
    )

    async def keep() -> None:
        now = clock.now()
        leases = [lease for lease in running.leases() if lease.audio_ms]
        records = [UsageRecord.checkpoint(lease, at=now) for lease in leases]
        await asyncio.to_thread(checkpoints.keep, records)

    return keep


async def _sync_all(services: Services) -> None:
    """Fills the keystore from the database: it is in memory, so empty at every start."""
    last: OrgId | None = None
    while page := await services.stores.org_pages().snapshots(
        last, _SYNC_PAGE, at=services.stores.clock().now()
    ):
        await services.stores.keystore().put_all(page)
        last = page[-1].org
