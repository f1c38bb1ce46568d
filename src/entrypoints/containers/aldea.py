"""
The one way to start: `async with aldea(settings) as services`.

It opens what the parts need, runs their background work, and closes everything that was made, what
depends on others first.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING

from aldea_core.domain.errors import NotFound, Unavailable
from aldea_core.domain.ids import OrgId
from entrypoints.containers.services import EVERYTHING, Services
from entrypoints.runtime.log import keep_values_out_of_tracebacks
from entrypoints.runtime.periodic import Part, Runner, background
from entrypoints.settings import Settings


if TYPE_CHECKING:
    from entrypoints.factories.engines import Engine
    from entrypoints.runtime.metrics import Metrics


_PAGE = 500


@asynccontextmanager
async def aldea(
    settings: Settings,
    parts: Collection[Part] = EVERYTHING,
    *,
    live: bool = True,
    files: bool = True,
    is_engine: bool = False,
    service: str = "",
    migrates: bool = True,
    **instead: object,
) -> AsyncIterator[Services]:
    """
    Args:
        parts: What this process is; one that is left out can not be asked for. All: the whole of
            Aldea in one process. None: the stores and use cases, for commands and functions.
        live: Whether its gateway takes live streams.
        files: Whether its gateway takes files.
        is_engine: Whether its gateway is an engine behind another one.
        service: Its name in metrics and traces; empty: ws-proxy, transcribe, gateway or stt.
        migrates: Whether the database is brought to the newest schema first.
        instead: Objects to use in place of ours, by the names of their providers, such as
            `keystore` or `file_engine`. They are neither started nor closed here.

    Raises:
        EngineUnavailable: The bundled engine does not start.
        Unavailable: The database does not answer.
    """
    keep_values_out_of_tracebacks()
    services = Services(
        settings,
        parts,
        live=live,
        files=files,
        is_engine=is_engine,
        service=service,
        instead=instead,
    )
    stores = services.stores
    async with AsyncExitStack() as stack:
        stack.push_async_callback(services.close)
        # First, so that settings that make no sense connect to nothing.
        engines = services.engines() if Part.GATEWAY in parts else []
        if parts and (redis := stores.redis()) is not None:
            with suppress(Unavailable):  # it may become available later
                await redis.open()
        if migrates:
            await migrate_database(services)
        if Part.LAPTOP in parts:
            await _fill(services)
        if Part.BACKEND in parts:
            await _warm_up(services)
        if Part.GATEWAY in parts:
            await _start(engines, stores.metrics())
            await stack.enter_async_context(background(services.gateway.running().turn()))
        if parts:
            from entrypoints.containers.background import tasks_of

            runner = Runner(stores.clock(), stores.randomness(), stores.metrics())
            await stack.enter_async_context(background(runner.run(tasks_of(services))))
        yield services


async def _start(engines: Sequence["Engine"], metrics: "Metrics") -> None:
    from adapters.speech.engine import SpeechEngine

    for engine in engines:
        await engine.start()
        if isinstance(engine, SpeechEngine):
            metrics.watch_engine(engine.measures)


async def migrate_database(services: Services) -> None:
    """
    Migrates the database, if there is one, to the newest schema.

    Raises:
        Unavailable: The database does not answer.
    """
    database = services.stores.database()
    if database is None:
        return
    from adapters.postgres.revisions import is_newest

    if not await is_newest(database):
        from adapters.postgres.migrate import migrate

        await migrate(database)


async def _warm_up(services: Services) -> None:
    """
    Reads the overview of any organisation, as the first request would: that connects to the
    database, compiles the statements and prepares them, which takes some ten times as long as to run
    them. With no organisation there is nothing to prepare for.
    """
    stores = services.stores
    with suppress(Unavailable, NotFound):  # the first request tries again
        for one in await stores.org_pages().snapshots(None, 1, at=stores.clock().now()):
            await services.billing.show_overview()(one.org)


async def _fill(services: Services) -> None:
    """Fills the keystore from the database: in memory, it is empty at every start."""
    stores, last = services.stores, OrgId("")
    while page := await stores.org_pages().snapshots(last or None, _PAGE, at=stores.clock().now()):
        await stores.keystore().put_all(page)
        last = page[-1].org
