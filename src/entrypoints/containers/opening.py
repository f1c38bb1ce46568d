"""Opens what services need, and closes it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from adapters.spool.usage import SpooledUsageLog
from aldea_core.domain.errors import Unavailable
from entrypoints.containers.services import Services
from entrypoints.factories.engines import Engine
from entrypoints.runtime.jobs import tasks
from entrypoints.runtime.periodic import Part, Runner, background


async def prepare_database(services: Services) -> None:
    """
    Migrates the database, if there is one, to the newest schema.

    Raises:
        Unavailable: The database does not answer.
    """
    database = services.stores.database()
    if database is not None:
        from adapters.postgres.migrate import migrate

        await migrate(database)


@asynccontextmanager
async def opened(services: Services, *, live: bool, files: bool) -> AsyncIterator[None]:
    """
    Opens what services need, and closes it when the context ends.

    Args:
        live: Whether engines for live streams are needed.
        files: Whether engines for files are needed.

    Raises:
        EngineUnavailable: The bundled engine does not start.
    """
    needed: list[Engine] = []
    gateway = services.gateway
    if live:
        needed.append(gateway.live_engine())
    if files and gateway.file_engine() not in needed:
        needed.append(gateway.file_engine())
    async with AsyncExitStack() as stack:
        stack.push_async_callback(close, services)
        redis = services.stores.redis()
        if redis is not None:
            with suppress(Unavailable):  # it may become available later
                await redis.open()
        usage = gateway.usage()
        if isinstance(usage, SpooledUsageLog):
            stack.callback(usage.close)
        stores = services.stores
        runner = Runner(stores.clock(), stores.randomness(), stores.metrics())
        works = {
            "deliver": usage.deliver if isinstance(usage, SpooledUsageLog) else None,
            "invalidations": (
                None if stores.is_engine() else gateway.invalidation_listener().follow
            ),
        }
        jobs = tasks(Part.GATEWAY, services.settings, works)
        await stack.enter_async_context(background(runner.run(jobs)))
        for engine in needed:
            stack.push_async_callback(engine.close)
            await engine.start()
        yield


async def close(services: Services) -> None:
    """Closes what was opened."""
    redis = services.stores.redis()
    if redis is not None:
        await redis.close()
    await services.gateway.callbacks().close()
    await services.gateway.web_client().close()
    if services.settings.ws_engines or services.settings.file_engines:
        await services.stores.engine_client().close()
    database = services.stores.database()
    if database is not None:
        await database.dispose()
