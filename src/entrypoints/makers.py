"""
How each part is made of settings and of other parts. With `container` the only file that names
adapters: typed functions, so that mypy checks each of them.
"""

import os
import secrets

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import aiohttp

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.gpu_http.file import GpuHttpFile
from adapters.gpu_http.live import GpuHttpLive
from adapters.gpu_http.openai import OpenAiFile
from adapters.gpu_http.pool import EnginePool, Pooled
from adapters.gpu_http.target import Dialect, Target
from adapters.jwt.grants import JwtGrants
from adapters.memory.accounts import MemoryAccounts
from adapters.memory.engines import MemoryEngine
from adapters.memory.keystore import MemoryKeystore
from adapters.memory.leases import MemoryLeases
from adapters.memory.usage import DirectUsageLog, MemoryUsageLedger, MemoryUsageQueue
from adapters.pocketsphinx.engine import pocketsphinx_engine
from adapters.postgres.accounts import SqlAccounts
from adapters.postgres.engine import connect
from adapters.postgres.usage import SqlUsageLedger
from adapters.redis.client import Client as RedisClient
from adapters.redis.client import connect as connect_redis
from adapters.redis.keystore import RedisKeystore
from adapters.redis.leases import RedisLeases
from adapters.redis.rows import usage_of, usage_text
from adapters.redis.usage import RedisUsageFeed, RedisUsageLog
from adapters.speech.engine import SpeechEngine
from adapters.spool.usage import SpooledUsageLog
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
from aldea_core.ports.usage import UsageFeed, UsageLedger
from aldea_core.use_cases.authenticate import Authenticate
from aldea_core.use_cases.close_session import CloseSession
from aldea_core.use_cases.open_session import OpenSession
from aldea_core.use_cases.renew_sessions import RenewSessions
from aldea_core.use_cases.transcribe import Transcribe
from aldea_core.use_cases.trust_gateway import TrustGateway
from entrypoints.running import RunningSessions
from entrypoints.settings import BundledEngine, Settings
from entrypoints.transcribe.listen import FileDoor
from entrypoints.web.metrics import Metrics
from entrypoints.ws_proxy.listen import LiveDoor


Engine: TypeAlias = EnginePool | SpeechEngine | MemoryEngine


def database(*, settings: Settings) -> AsyncEngine | None:
    return connect(settings.database_url) if settings.database_url else None


def accounts(*, database: AsyncEngine | None) -> MemoryAccounts | SqlAccounts:
    return MemoryAccounts() if database is None else SqlAccounts(database)


def ledger(*, database: AsyncEngine | None) -> UsageLedger:
    return MemoryUsageLedger() if database is None else SqlUsageLedger(database)


def redis(*, settings: Settings) -> RedisClient | None:
    return connect_redis(settings.redis_url) if settings.redis_url else None


def keystore(*, redis: RedisClient | None) -> MemoryKeystore | RedisKeystore:
    return MemoryKeystore() if redis is None else RedisKeystore(redis)


def leases(*, redis: RedisClient | None) -> Leases:
    return MemoryLeases() if redis is None else RedisLeases(redis)


def usage_log(
    *,
    settings: Settings,
    redis: RedisClient | None,
    ledger: UsageLedger,
) -> DirectUsageLog | SpooledUsageLog:
    if redis is None:
        return DirectUsageLog(ledger)
    folder = Path(settings.spool_dir) if settings.spool_dir else None
    log = RedisUsageLog(redis)
    return SpooledUsageLog(log, folder, write_text=usage_text, read_text=usage_of)


def usage_feed(*, settings: Settings, redis: RedisClient | None) -> UsageFeed:
    if redis is None:
        return MemoryUsageQueue()  # nothing is under way: gateway and ledger are one process
    return RedisUsageFeed(redis, f"{settings.task_id}:{os.getpid()}")


def grants(*, settings: Settings) -> Grants:
    secret = settings.grant_secret.encode() or secrets.token_bytes(32)
    return JwtGrants(secret)


def bundled_engine(*, settings: Settings, clock: Clock) -> SpeechEngine | MemoryEngine:
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


def pool(
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


def live_engine(
    *,
    settings: Settings,
    bundled_engine: Callable[[], Engine],
    engine_client: Callable[[], aiohttp.ClientSession],
    clock: Clock,
    chance: Chance,
) -> Engine:
    if not settings.ws_engines:
        return bundled_engine()
    return pool(settings.ws_engines, settings, engine_client(), clock, chance)


def file_engine(
    *,
    settings: Settings,
    bundled_engine: Callable[[], Engine],
    engine_client: Callable[[], aiohttp.ClientSession],
    clock: Clock,
    chance: Chance,
) -> Engine:
    if not settings.file_engines:
        return bundled_engine()
    return pool(settings.file_engines, settings, engine_client(), clock, chance)


def web_client(*, settings: Settings) -> GuardedClient:
    return GuardedClient(allow_private=settings.allow_private_urls)


def open_session(
    *, settings: Settings, leases: Leases, offline: Leases, clock: Clock
) -> OpenSession:
    task = TaskId(f"{settings.task_id}:{os.getpid()}")
    return OpenSession(leases, offline, clock, task, settings.offline_cap)


def authenticate(
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


def running(
    *,
    settings: Settings,
    is_engine: bool,
    renew_sessions: RenewSessions,
    clock: Clock,
    metrics: Metrics,
) -> RunningSessions:
    renew = None if is_engine else renew_sessions
    return RunningSessions(renew, clock, capacity=settings.capacity, metrics=metrics)


def live_door(
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
        unread=settings.unread_seconds,
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
        live_engine if isinstance(live_engine, EnginePool) else None,
    )


def file_door(
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
