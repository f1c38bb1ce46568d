"""
Puts everything together: the only file that names adapters.

Typed functions build, so that mypy checks each of them; the container only orders them, name to
name. Nothing here connects or starts; whoever runs a service opens and closes what it holds.
"""

import os
import secrets

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeAlias

import aiohttp

from dependency_injector import containers, providers
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.gpu_http.file import GpuHttpFile
from adapters.gpu_http.live import GpuHttpLive
from adapters.gpu_http.openai import OpenAiFile
from adapters.gpu_http.pool import EnginePool, Pooled
from adapters.gpu_http.target import Dialect, Target, new_client
from adapters.jwt.grants import JwtGrants
from adapters.memory.accounts import MemoryAccounts
from adapters.memory.engines import MemoryEngine
from adapters.memory.keystore import MemoryKeystore
from adapters.memory.leases import MemoryLeases
from adapters.memory.usage import DirectUsageLog, MemoryUsageLedger
from adapters.pocketsphinx.engine import pocketsphinx_engine
from adapters.postgres.accounts import SqlAccounts
from adapters.postgres.engine import connect
from adapters.postgres.migrate import migrate
from adapters.postgres.usage import SqlUsageLedger
from adapters.speech.engine import SpeechEngine
from adapters.system.chance import SystemChance
from adapters.system.clock import SystemClock
from adapters.web.client import GuardedClient
from adapters.web.remote import WebCallbacks, WebRemoteAudio
from adapters.whisper.engine import whisper_engine
from aldea_core.domain.callers import Doorkeeper
from aldea_core.domain.ids import TaskId
from aldea_core.domain.sessions import Bounds
from aldea_core.ports.chance import Chance
from aldea_core.ports.clock import Clock
from aldea_core.ports.engines import LiveEngine
from aldea_core.ports.grants import Grants
from aldea_core.ports.keystore import Keystore
from aldea_core.ports.leases import Leases
from aldea_core.ports.usage import UsageLedger, UsageLog
from aldea_core.use_cases.authenticate import Authenticate
from aldea_core.use_cases.close_session import CloseSession
from aldea_core.use_cases.create_key import CreateKey
from aldea_core.use_cases.create_org import CreateOrg
from aldea_core.use_cases.end_key import RevokeKey, RotateKey
from aldea_core.use_cases.open_session import OpenSession
from aldea_core.use_cases.renew_sessions import RenewSessions
from aldea_core.use_cases.settle_lapsed import SettleLapsed
from aldea_core.use_cases.sync_orgs import SyncOrg, SyncOrgs
from aldea_core.use_cases.transcribe import Transcribe
from aldea_core.use_cases.trust_gateway import TrustGateway
from entrypoints.running import RunningSessions
from entrypoints.settings import BundledEngine, Settings
from entrypoints.transcribe.listen import FileDoor
from entrypoints.web.metrics import Metrics
from entrypoints.ws_proxy.listen import LiveDoor


Engine: TypeAlias = EnginePool | SpeechEngine | MemoryEngine


def _database(*, settings: Settings) -> AsyncEngine | None:
    return connect(settings.database_url) if settings.database_url else None


def _accounts(*, database: AsyncEngine | None) -> MemoryAccounts | SqlAccounts:
    return MemoryAccounts() if database is None else SqlAccounts(database)


def _ledger(*, database: AsyncEngine | None) -> UsageLedger:
    return MemoryUsageLedger() if database is None else SqlUsageLedger(database)


def _usage_log(*, ledger: UsageLedger) -> UsageLog:
    return DirectUsageLog(ledger)


def _grants(*, settings: Settings) -> Grants:
    secret = settings.grant_secret.encode() or secrets.token_bytes(32)
    return JwtGrants(secret)


def _bundled_engine(*, settings: Settings, clock: Clock) -> SpeechEngine | MemoryEngine:
    if settings.whisper_model:
        return whisper_engine(
            model_dir=settings.whisper_model,
            capacity=settings.bundled_capacity,
            max_file_seconds=settings.max_file_seconds,
            clock=clock,
        )
    match settings.bundled_engine:
        case BundledEngine.MEMORY:
            return MemoryEngine(clock, capacity=settings.bundled_capacity)
        case BundledEngine.POCKETSPHINX:
            return pocketsphinx_engine(
                workers=settings.bundled_workers or os.cpu_count() or 1,
                capacity=settings.bundled_capacity,
                max_file_seconds=settings.max_file_seconds,
                clock=clock,
            )


def _pool(
    urls: tuple[str, ...],
    settings: Settings,
    client: aiohttp.ClientSession,
    clock: Clock,
    chance: Chance,
) -> EnginePool:
    engines = []
    for url in urls:
        target = Target.parse(url, settings.engine_token)
        match target.dialect:
            case Dialect.PUBLIC:
                live, file = GpuHttpLive(target, client), GpuHttpFile(target, client)
                engines.append(Pooled(target, live, file, settings.engine_capacity))
            case Dialect.OPENAI:
                openai = OpenAiFile(target, client, clock)
                engines.append(Pooled(target, None, openai, settings.engine_capacity))
    return EnginePool(engines, client, clock, chance)


def _live_engine(
    *,
    settings: Settings,
    bundled_engine: Callable[[], Engine],
    engine_client: Callable[[], aiohttp.ClientSession],
    clock: Clock,
    chance: Chance,
) -> Engine:
    if not settings.ws_engines:
        return bundled_engine()
    return _pool(settings.ws_engines, settings, engine_client(), clock, chance)


def _file_engine(
    *,
    settings: Settings,
    bundled_engine: Callable[[], Engine],
    engine_client: Callable[[], aiohttp.ClientSession],
    clock: Clock,
    chance: Chance,
) -> Engine:
    if not settings.file_engines:
        return bundled_engine()
    return _pool(settings.file_engines, settings, engine_client(), clock, chance)


def _web_client(*, settings: Settings) -> GuardedClient:
    return GuardedClient(allow_private=settings.allow_private_urls)


def _open_session(
    *, settings: Settings, leases: Leases, offline: Leases, clock: Clock
) -> OpenSession:
    task = TaskId(f"{settings.task_id}:{os.getpid()}")
    return OpenSession(leases, offline, clock, task, settings.offline_cap)


def _authenticate(
    *,
    settings: Settings,
    is_engine: bool,
    keystore: Keystore,
    grants: Grants,
    clock: Clock,
) -> Doorkeeper:
    if is_engine:
        return TrustGateway(settings.engine_token)
    return Authenticate(keystore, grants, clock)


def _running(
    *,
    settings: Settings,
    is_engine: bool,
    renew_sessions: RenewSessions,
    clock: Clock,
) -> RunningSessions:
    renew = None if is_engine else renew_sessions
    return RunningSessions(renew, clock, capacity=settings.capacity)


def _live_door(
    *,
    settings: Settings,
    authenticate: Doorkeeper,
    open_session: OpenSession,
    close_session: CloseSession,
    live_engine: LiveEngine,
    running: RunningSessions,
    clock: Clock,
    metrics: Metrics,
) -> LiveDoor:
    bounds = Bounds(
        idle=settings.idle_seconds,
        first_audio=settings.first_audio_seconds,
        replay_bytes=settings.replay_bytes,
        lead=settings.lead_seconds,
    )
    return LiveDoor(
        authenticate,
        open_session,
        close_session,
        live_engine,
        running,
        clock,
        bounds,
        metrics,
    )


def _file_door(
    *,
    settings: Settings,
    authenticate: Doorkeeper,
    open_session: OpenSession,
    transcribe: Transcribe,
    grants: Grants,
    remote_audio: WebRemoteAudio,
    callbacks: WebCallbacks,
    running: RunningSessions,
    clock: Clock,
    metrics: Metrics,
) -> FileDoor:
    return FileDoor(
        authenticate,
        open_session,
        transcribe,
        grants,
        remote_audio,
        callbacks,
        running,
        clock,
        metrics,
        settings.processing_seconds,
        settings.upload_idle_seconds,
    )


class Container(containers.DeclarativeContainer):
    """A gateway, which knows keys and orgs; or, if *is_engine*, an engine behind one."""

    settings = providers.Dependency(instance_of=Settings)
    is_engine = providers.Dependency(instance_of=bool, default=False)

    clock: providers.Provider[Clock] = providers.Singleton(SystemClock)
    chance: providers.Provider[Chance] = providers.Singleton(SystemChance)
    metrics = providers.Singleton(Metrics)

    database = providers.Singleton(_database, settings=settings)
    accounts = providers.Singleton(_accounts, database=database)
    ledger = providers.Singleton(_ledger, database=database)
    keystore = providers.Singleton(MemoryKeystore)
    leases = providers.Singleton(MemoryLeases)
    offline = providers.Singleton(MemoryLeases)
    usage = providers.Singleton(_usage_log, ledger=ledger)
    grants = providers.Singleton(_grants, settings=settings)
    web_client = providers.Singleton(_web_client, settings=settings)
    remote_audio = providers.Singleton(WebRemoteAudio, client=web_client)
    callbacks = providers.Singleton(WebCallbacks, client=web_client)

    bundled_engine = providers.Singleton(_bundled_engine, settings=settings, clock=clock)
    engine_client = providers.Singleton(new_client)
    live_engine = providers.Singleton(
        _live_engine,
        settings=settings,
        bundled_engine=bundled_engine.provider,
        engine_client=engine_client.provider,
        clock=clock,
        chance=chance,
    )
    file_engine = providers.Singleton(
        _file_engine,
        settings=settings,
        bundled_engine=bundled_engine.provider,
        engine_client=engine_client.provider,
        clock=clock,
        chance=chance,
    )

    create_org = providers.Singleton(CreateOrg, accounts=accounts, chance=chance, clock=clock)
    create_key = providers.Singleton(CreateKey, accounts=accounts, chance=chance, clock=clock)
    revoke_key = providers.Singleton(RevokeKey, accounts=accounts, clock=clock)
    rotate_key = providers.Singleton(
        RotateKey,
        accounts=accounts,
        create_key=create_key,
        clock=clock,
    )
    sync_org = providers.Singleton(SyncOrg, accounts=accounts, mirror=keystore, clock=clock)
    sync_orgs = providers.Singleton(SyncOrgs, changes=accounts, sync_org=sync_org)

    authenticate = providers.Singleton(
        _authenticate,
        settings=settings,
        is_engine=is_engine,
        keystore=keystore,
        grants=grants,
        clock=clock,
    )
    open_session = providers.Singleton(
        _open_session,
        settings=settings,
        leases=leases,
        offline=offline,
        clock=clock,
    )
    close_session = providers.Singleton(
        CloseSession,
        leases=leases,
        offline=offline,
        usage=usage,
        clock=clock,
    )
    renew_sessions = providers.Singleton(
        RenewSessions,
        keystore=keystore,
        leases=leases,
        clock=clock,
    )
    settle_lapsed = providers.Singleton(SettleLapsed, leases=leases, usage=usage, clock=clock)
    transcribe = providers.Singleton(
        Transcribe,
        engine=file_engine,
        close_session=close_session,
    )
    running = providers.Singleton(
        _running,
        settings=settings,
        is_engine=is_engine,
        renew_sessions=renew_sessions,
        clock=clock,
    )
    live_door = providers.Singleton(
        _live_door,
        settings=settings,
        authenticate=authenticate,
        open_session=open_session,
        close_session=close_session,
        live_engine=live_engine,
        running=running,
        clock=clock,
        metrics=metrics,
    )
    file_door = providers.Singleton(
        _file_door,
        settings=settings,
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
    Brings the database, if there is one, to the newest schema.

    Raises:
        Unavailable: It does not answer.
    """
    database = container.database()
    if database is not None:
        await migrate(database)


@asynccontextmanager
async def opened(container: Container, *, live: bool, files: bool) -> AsyncIterator[None]:
    """
    Holds open what services need, and closes it at the end.

    Args:
        live: Whether engines for live streams are needed.
        files: Whether engines for files are needed.

    Raises:
        EngineUnavailable: The bundled engine does not start.
    """
    engines: list[Engine] = []
    if live:
        engines.append(container.live_engine())
    if files and container.file_engine() not in engines:
        engines.append(container.file_engine())
    async with AsyncExitStack() as stack:
        stack.push_async_callback(close, container)
        for engine in engines:
            stack.push_async_callback(engine.close)
            await engine.start()
        yield


async def close(container: Container) -> None:
    """Closes whatever was opened."""
    await container.callbacks().close()
    await container.web_client().close()
    if container.settings().ws_engines or container.settings().file_engines:
        await container.engine_client().close()
    database = container.database()
    if database is not None:
        await database.dispose()
