"""
The dependency injection container: which part is made by which factory, from which other parts.

Nothing here connects or starts; `opened` and `close` do.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from dependency_injector import containers, providers

from adapters.gpu_http.target import new_client
from adapters.memory.leases import MemoryLeases
from adapters.remote_http.remote import WebCallbacks, WebRemoteAudio
from adapters.spool.usage import SpooledUsageLog
from adapters.system.clock import SystemClock
from adapters.system.randomness import SystemRandomness
from aldea_core.domain.errors import Unavailable
from aldea_core.ports.clock import Clock
from aldea_core.ports.randomness import Randomness
from aldea_core.use_cases.access.create_key import CreateKey
from aldea_core.use_cases.access.create_org import CreateOrg
from aldea_core.use_cases.access.end_key import RevokeKey, RotateKey
from aldea_core.use_cases.billing.drain_usage import DrainUsage
from aldea_core.use_cases.billing.settle_lapsed import SettleLapsed
from aldea_core.use_cases.live.close_session import CloseSession
from aldea_core.use_cases.live.extend_lease import ExtendLease
from aldea_core.use_cases.live.renew_sessions import RenewSessions
from aldea_core.use_cases.live.transcribe import Transcribe
from aldea_core.use_cases.sync.sync_orgs import SyncOrg, SyncOrgs
from entrypoints.factories import engines, gateway, stores
from entrypoints.factories.engines import Engine
from entrypoints.runtime.jobs import tasks
from entrypoints.runtime.metrics import Metrics
from entrypoints.runtime.periodic import Part, Runner, background
from entrypoints.settings import Settings


class Container(containers.DeclarativeContainer):
    """A gateway, which knows keys and orgs; or, if *is_engine*, an engine behind one."""

    settings = providers.Dependency(instance_of=Settings)
    is_engine = providers.Dependency(instance_of=bool, default=False)

    clock: providers.Provider[Clock] = providers.Singleton(SystemClock)
    randomness: providers.Provider[Randomness] = providers.Singleton(SystemRandomness)
    metrics = providers.Singleton(Metrics)

    database = providers.Singleton(stores.database, settings=settings)
    accounts = providers.Singleton(stores.accounts, database=database)
    org_pages = providers.Singleton(stores.org_pages, accounts=accounts)
    changes = providers.Singleton(stores.changes, accounts=accounts)
    ledger = providers.Singleton(stores.ledger, accounts=accounts)
    redis = providers.Singleton(stores.redis, settings=settings)
    keystore = providers.Singleton(stores.keystore, redis=redis)
    keystore_snapshots = providers.Singleton(
        stores.keystore_snapshots, redis=redis, keystore=keystore
    )
    invalidations = providers.Singleton(stores.invalidations, redis=redis, keystore=keystore)
    leases = providers.Singleton(stores.leases, redis=redis, keystore=keystore)
    offline = providers.Singleton(MemoryLeases)
    usage = providers.Singleton(
        stores.usage_log, settings=settings, is_engine=is_engine, redis=redis, ledger=ledger
    )
    checkpoints = providers.Singleton(stores.checkpoints, settings=settings)
    usage_feed = providers.Singleton(stores.usage_feed, settings=settings, redis=redis)
    grants = providers.Singleton(stores.grants, settings=settings, randomness=randomness)
    web_client = providers.Singleton(gateway.web_client, settings=settings)
    remote_audio = providers.Singleton(WebRemoteAudio, client=web_client)
    callbacks = providers.Singleton(WebCallbacks, client=web_client)

    bundled_engine = providers.Singleton(engines.bundled_engine, settings=settings, clock=clock)
    engine_client = providers.Singleton(new_client)
    live_engine = providers.Singleton(
        engines.live_engine,
        settings=settings,
        bundled_engine=bundled_engine.provider,
        engine_client=engine_client.provider,
        clock=clock,
        randomness=randomness,
    )
    file_engine = providers.Singleton(
        engines.file_engine,
        settings=settings,
        bundled_engine=bundled_engine.provider,
        engine_client=engine_client.provider,
        clock=clock,
        randomness=randomness,
    )

    create_org = providers.Singleton(
        CreateOrg, accounts=accounts, randomness=randomness, clock=clock
    )
    create_key = providers.Singleton(
        CreateKey, accounts=accounts, randomness=randomness, clock=clock
    )
    revoke_key = providers.Singleton(RevokeKey, accounts=accounts, clock=clock)
    rotate_key = providers.Singleton(
        RotateKey,
        accounts=accounts,
        create_key=create_key,
        clock=clock,
    )
    sync_org = providers.Singleton(SyncOrg, accounts=accounts, mirror=keystore, clock=clock)
    sync_orgs = providers.Singleton(SyncOrgs, changes=changes, sync_org=sync_org)

    authenticate = providers.Singleton(
        gateway.authenticate,
        settings=settings,
        is_engine=is_engine,
        keystore=keystore,
        grants=grants,
        clock=clock,
    )
    open_session = providers.Singleton(
        gateway.open_session,
        settings=settings,
        leases=leases,
        offline=offline,
        clock=clock,
    )
    extend_lease = providers.Singleton(ExtendLease, keystore=keystore, leases=leases, clock=clock)
    close_session = providers.Singleton(
        CloseSession,
        leases=leases,
        offline=offline,
        usage=usage,
        clock=clock,
        extend_lease=extend_lease,
    )
    renew_sessions = providers.Singleton(
        RenewSessions,
        keystore=keystore,
        leases=leases,
        clock=clock,
    )
    drain_usage = providers.Singleton(DrainUsage, feed=usage_feed, ledger=ledger)
    settle_lapsed = providers.Singleton(SettleLapsed, leases=leases, usage=usage, clock=clock)
    transcribe = providers.Singleton(
        Transcribe,
        engine=file_engine,
        close_session=close_session,
        extend_lease=extend_lease,
    )
    running = providers.Singleton(
        gateway.running,
        settings=settings,
        is_engine=is_engine,
        renew_sessions=renew_sessions,
        clock=clock,
        metrics=metrics,
    )
    offered_models = providers.Singleton(
        gateway.offered_models, settings=settings, is_engine=is_engine
    )
    invalidation_listener = providers.Singleton(
        gateway.invalidation_listener,
        invalidations=invalidations,
        authenticate=authenticate,
        running=running,
    )
    live_endpoint = providers.Singleton(
        gateway.live_endpoint,
        settings=settings,
        offered_models=offered_models,
        is_engine=is_engine,
        authenticate=authenticate,
        open_session=open_session,
        close_session=close_session,
        live_engine=live_engine,
        running=running,
        clock=clock,
        metrics=metrics,
    )
    file_endpoint = providers.Singleton(
        gateway.file_endpoint,
        settings=settings,
        offered_models=offered_models,
        authenticate=authenticate,
        open_session=open_session,
        transcribe=transcribe,
        grants=grants,
        remote_audio=remote_audio,
        callbacks=callbacks,
        running=running,
        clock=clock,
        metrics=metrics,
    )


async def prepare_database(container: Container) -> None:
    """
    Migrates the database, if there is one, to the newest schema.

    Raises:
        Unavailable: The database does not answer.
    """
    database = container.database()
    if database is not None:
        from adapters.postgres.migrate import migrate

        await migrate(database)


@asynccontextmanager
async def opened(container: Container, *, live: bool, files: bool) -> AsyncIterator[None]:
    """
    Opens what services need, and closes it when the context ends.

    Args:
        live: Whether engines for live streams are needed.
        files: Whether engines for files are needed.

    Raises:
        EngineUnavailable: The bundled engine does not start.
    """
    needed: list[Engine] = []
    if live:
        needed.append(container.live_engine())
    if files and container.file_engine() not in needed:
        needed.append(container.file_engine())
    async with AsyncExitStack() as stack:
        stack.push_async_callback(close, container)
        redis = container.redis()
        if redis is not None:
            with suppress(Unavailable):  # it may become available later
                await redis.open()
        usage = container.usage()
        if isinstance(usage, SpooledUsageLog):
            stack.callback(usage.close)
        runner = Runner(container.clock(), container.randomness(), container.metrics())
        works = {
            "deliver": usage.deliver if isinstance(usage, SpooledUsageLog) else None,
            "invalidations": (
                None if container.is_engine() else container.invalidation_listener().follow
            ),
        }
        jobs = tasks(Part.GATEWAY, container.settings(), works)
        await stack.enter_async_context(background(runner.run(jobs)))
        for engine in needed:
            stack.push_async_callback(engine.close)
            await engine.start()
        yield


async def close(container: Container) -> None:
    """Closes what was opened."""
    redis = container.redis()
    if redis is not None:
        await redis.close()
    await container.callbacks().close()
    await container.web_client().close()
    if container.settings().ws_engines or container.settings().file_engines:
        await container.engine_client().close()
    database = container.database()
    if database is not None:
        await database.dispose()
