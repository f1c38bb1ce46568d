"""
`aldea up --full`: starts all servers and services, makes the first key, and stops everything.

Stores and engines start first, concurrently; then the sync and the services for clients. The first
key is made in the database and synced to the gateway, like every key.
"""

import asyncio
import importlib
import signal

from collections.abc import Callable, Coroutine, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path

import aiohttp
import attrs

from adapters.local_servers.server import CannotStart
from adapters.system.clock import SystemClock
from adapters.system.randomness import SystemRandomness
from aldea_core.domain.access.keys import KeySecret
from entrypoints.devstack.frontend_secret import kept_secret
from entrypoints.devstack.local_stores import LocalStores
from entrypoints.devstack.network_ports import chosen_ports
from entrypoints.devstack.progress import Progress
from entrypoints.devstack.ready import FILE, Ready, write_private
from entrypoints.devstack.supervisor import Supervisor
from entrypoints.devstack.topology import HANDLERS, SYNC, Topology, for_everybody
from entrypoints.devstack.watchdog import Watchdog
from entrypoints.runtime.jobs import tasks
from entrypoints.runtime.periodic import Part, Runner, background
from entrypoints.runtime.signals import Signals
from entrypoints.settings import Settings


_ARRIVAL_SECONDS = 30.0
_ASK_SECONDS = 0.05


@attrs.frozen
class UpOptions:
    """
    Options of `aldea up --full`.

    Attributes:
        environ: Settings, and other environment variables for the services.
        folder: Where all data are kept.
    """

    environ: Mapping[str, str] = attrs.field(repr=False)
    folder: Path
    host: str
    api_port: int
    backend_port: int
    frontend_port: int
    redis_cluster: bool


async def run(
    options: UpOptions,
    progress: Progress,
    *,
    held: int,
    on_ready: Callable[[Ready], None],
    on_stop: Callable[[], None],
) -> list[str]:
    """
    Runs everything until a signal stops it. Returns the names of parts that did not stop properly.

    Args:
        held: Descriptor of the folder's lock; the watchdog inherits it.

    Raises:
        CannotStart: A part did not become ready. All others have been stopped by then.
        CannotListen: A port is taken.
    """
    signals = Signals(signal.SIGHUP)
    settings = Settings.read(options.environ)
    wanted = (options.api_port, options.backend_port, options.frontend_port)
    api_port, backend_port, frontend_port = chosen_ports(options.host, wanted)
    secret = settings.frontend_secret or kept_secret(options.folder)
    settings = attrs.evolve(settings, frontend_secret=secret)
    stores = LocalStores.of(settings, options.folder, redis_cluster=options.redis_cluster)
    supervisor, watchdog = Supervisor(progress.report), Watchdog([held])
    topology = Topology(
        for_everybody(options.environ),
        settings,
        options.folder,
        options.host,
        api_port,
        backend_port,
        frontend_port,
        watchdog,
        progress.say,
    )
    with closing(watchdog):
        jobs = tasks(Part.SUPERVISOR, None, {"watch": partial(_watch, watchdog)})
        async with background(Runner(SystemClock(), SystemRandomness()).run(jobs)):
            try:
                up = _bring_up(supervisor, stores, topology, progress)
                await _until_stopped(signals, up, on_ready)
            finally:
                on_stop()
                with progress.shown(leave=False):
                    await supervisor.stop(signals.forced)
    return supervisor.failed


async def _until_stopped(
    signals: Signals, up: Coroutine[None, None, Ready], on_ready: Callable[[Ready], None]
) -> None:
    """A signal that comes while *up* still starts parts cancels it."""
    starting = asyncio.create_task(up)
    stopped = asyncio.create_task(signals.stopped.wait())
    try:
        await asyncio.wait({starting, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            on_ready(starting.result())
            await stopped
    finally:
        starting.cancel()
        stopped.cancel()
        await asyncio.gather(starting, stopped, return_exceptions=True)


async def _watch(watchdog: Watchdog) -> None:
    watchdog.check()


async def _bring_up(
    supervisor: Supervisor,
    stores: LocalStores,
    topology: Topology,
    progress: Progress,
) -> Ready:
    first = [*stores.parts(topology.watchdog), *topology.engines()]
    progress.expect([*(part.name for part in first), *SYNC, *HANDLERS])
    with progress.shown(leave=True):
        # Importing the backend takes a second, so it is done while the table is already shown.
        loading = asyncio.to_thread(importlib.import_module, "entrypoints.devstack.first_owner")
        await asyncio.gather(supervisor.start(first), loading)
        from entrypoints.containers.aldea import aldea  # noqa: PLC0415
        from entrypoints.devstack import first_owner  # noqa: PLC0415

        settings = await stores.settle()
        async with aldea(attrs.evolve(settings, confirm_addresses=False), ()) as services:
            await supervisor.start(
                topology.sync(settings, stores.credentials()),
                topology.handlers(settings),
            )
            owner = await first_owner.bootstrap_owner(services, topology.folder / FILE)
        await _until_let_in(topology.api_url, owner.key)
    ready = Ready(
        topology.api_url,
        owner.org,
        owner.key,
        {
            "backend": topology.backend_url,
            "dashboard": topology.frontend_url,
            "email": first_owner.EMAIL,
            "password": owner.password,
            "database_url": settings.database_url,
        },
    )
    write_private(topology.folder / FILE, ready.document())
    return ready


async def _until_let_in(api_url: str, key: KeySecret) -> None:
    """
    Waits until the gateway accepts *key*.

    Raises:
        CannotStart: It takes too long.
    """
    headers = {"Authorization": f"Token {key.reveal()}"}
    status = 0
    try:
        async with asyncio.timeout(_ARRIVAL_SECONDS), aiohttp.ClientSession() as session:
            while status != 200:
                async with session.post(f"{api_url}/v1/auth/grant", headers=headers) as answer:
                    status = answer.status
                await asyncio.sleep(_ASK_SECONDS)
    except (TimeoutError, aiohttp.ClientError):
        raise CannotStart(
            f"The first key did not arrive at the gateway within {_ARRIVAL_SECONDS:g} s.",
        ) from None
