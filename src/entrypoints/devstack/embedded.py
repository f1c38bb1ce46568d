"""Everything in one process group, for a laptop: `aldea up`."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import attrs

from entrypoints.containers.aldea import aldea
from entrypoints.devstack.first_owner import EMAIL, bootstrap_owner
from entrypoints.devstack.frontend_secret import kept_secret
from entrypoints.devstack.network_ports import chosen_ports, reached, with_addresses
from entrypoints.devstack.ready import FILE, Ready, write_private
from entrypoints.http.server import connection_bounds, serving, until_stopped
from entrypoints.runtime.gc import tune_gc
from entrypoints.runtime.open_files import within_open_files
from entrypoints.runtime.signals import Signals
from entrypoints.services.gateway import make_app
from entrypoints.services.platform import BACKEND, FRONTEND, serving_platform
from entrypoints.settings import Settings


async def run(
    settings: Settings,
    *,
    data_dir: Path,
    host: str,
    port: int,
    backend_port: int,
    frontend_port: int,
    on_ready: Callable[[Ready], None],
) -> None:
    """
    Serves the API, the backend and the dashboard until a signal stops it.

    Raises:
        CannotListen: A port is taken.
        Unavailable: A store or an engine does not answer.
    """
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    # All ports are known before anything is made: services name each other's addresses.
    port, backend_port, frontend_port = chosen_ports(host, (port, backend_port, frontend_port))
    settings = with_addresses(
        _kept_in(data_dir, settings),
        api_url=f"http://{reached(host)}:{port}",
        backend_url=f"http://{reached(host)}:{backend_port}",
    )
    settings = within_open_files(settings)
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(aldea(settings))
        owner = await bootstrap_owner(services, data_dir / FILE)
        await services.sync.sync_org()(owner.org)  # its key opens the gateway before it is shown
        signals = Signals()
        app, bounds = make_app(services), connection_bounds(settings)
        bound = await stack.enter_async_context(serving(app, host, port, bounds=bounds))
        shown_there = None if settings.metrics_port else 0  # one metrics page per process
        backend, frontend = [
            await stack.enter_async_context(
                serving_platform(service, services, signals, host, at, metrics_port=shown_there)
            )
            for service, at in ((BACKEND, backend_port), (FRONTEND, frontend_port))
        ]
        more = {
            "dashboard": f"http://{reached(host)}:{frontend}",
            "backend": f"http://{reached(host)}:{backend}",
            "email": EMAIL,
            "password": owner.password,
        }
        ready = Ready(f"http://{reached(host)}:{bound}", owner.org, owner.key, more)
        write_private(data_dir / FILE, ready.document())
        tune_gc()
        on_ready(ready)
        await until_stopped(signals, services.gateway.running(), settings)


def _kept_in(data_dir: Path, settings: Settings) -> Settings:
    """*settings* with the stores of one machine in *data_dir*, where they name no others."""
    return attrs.evolve(
        settings,
        database_url=settings.database_url or f"sqlite:///{data_dir / 'aldea.db'}",
        spool_dir=settings.spool_dir or str(data_dir / "spool"),
        frontend_secret=settings.frontend_secret or kept_secret(data_dir),
    )
