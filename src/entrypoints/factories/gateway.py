"""Factories for the gateway's endpoints, authentication and sessions."""

import os

from pathlib import Path
from typing import TYPE_CHECKING

from adapters.ecs.task_protection import EcsTaskProtection
from adapters.gpu_http.pool import EnginePool
from adapters.guarded_http.client import GuardedClient
from adapters.memory.usage import DirectUsageLog, NoUsageLog
from adapters.spool.checkpoints import SpooledCheckpoints
from adapters.spool.usage import OURS, SpooledUsageLog
from aldea_core.domain.access.callers import Authenticator
from aldea_core.domain.ids import TaskId
from aldea_core.domain.live.bounds import Bounds
from aldea_core.domain.transcripts.models import OfferedModels
from aldea_core.ports.clock import Clock
from aldea_core.ports.engines import LiveEngine
from aldea_core.ports.grants import Grants
from aldea_core.ports.invalidations import Invalidations
from aldea_core.ports.keystore import Keystore
from aldea_core.ports.usage import UsageLedger, UsageLog
from aldea_core.use_cases.access.authenticate import Authenticate
from aldea_core.use_cases.access.trust_gateway import TrustGateway
from aldea_core.use_cases.live.close_session import CloseSession
from aldea_core.use_cases.live.renew_sessions import RenewSessions
from entrypoints.factories.folders import writable_folder
from entrypoints.factories.offered_models import offered_models_of
from entrypoints.factories.reachable_hosts import guard
from entrypoints.http.admission import Admission
from entrypoints.runtime.emf import EmfReport
from entrypoints.runtime.invalidation_listener import InvalidationListener
from entrypoints.runtime.line_writer import stdout_writer
from entrypoints.runtime.metrics import Metrics
from entrypoints.runtime.session_registry import SessionRegistry
from entrypoints.runtime.task_protection import ProtectTask
from entrypoints.settings import Settings, SettingsError
from entrypoints.ws_proxy.endpoint import LiveEndpoint


if TYPE_CHECKING:
    from adapters.redis.client import RedisClient


def web_client(*, settings: Settings) -> GuardedClient:
    return GuardedClient(guard(settings))


def task(settings: Settings) -> TaskId:
    """The name of this process in leases."""
    return TaskId(f"{settings.task_id}:{os.getpid()}")


def authenticate(
    *,
    settings: Settings,
    is_engine: bool,
    keystore: Keystore,
    grants: Grants,
    clock: Clock,
) -> Authenticator:
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
) -> SessionRegistry:
    renew = None if is_engine else renew_sessions
    return SessionRegistry(
        renew,
        clock,
        capacity=settings.capacity,
        metrics=metrics,
        shard=renew_sessions.leases.shard,
    )


def emf_report(*, service: str, metrics: Metrics, clock: Clock) -> EmfReport:
    return EmfReport(service, metrics, clock, stdout_writer())


def protect_task(
    *, settings: Settings, running: SessionRegistry, clock: Clock
) -> ProtectTask | None:
    """
    Raises:
        SettingsError: There is no agent to ask.
    """
    if not settings.protect_task:
        return None
    agent_url = os.environ.get("ECS_AGENT_URI", "")
    if not agent_url:
        raise SettingsError("ALDEA_PROTECT_TASK is for tasks of ECS: ECS_AGENT_URI is not set")
    return ProtectTask(EcsTaskProtection(agent_url), running, clock)


def invalidation_listener(
    *,
    invalidations: Invalidations,
    authenticate: Authenticator,
    running: SessionRegistry,
) -> InvalidationListener:
    return InvalidationListener(invalidations, [running.renew_soon, authenticate.invalidate])


def offered_models(*, settings: Settings, is_engine: bool) -> OfferedModels:
    """An engine offers all models: the gateway before it has already checked the name."""
    return OfferedModels() if is_engine else offered_models_of(settings)


def live_endpoint(
    *,
    settings: Settings,
    offered_models: OfferedModels,
    is_engine: bool,
    admission: Admission,
    close_session: CloseSession,
    live_engine: LiveEngine | EnginePool,
    running: SessionRegistry,
    clock: Clock,
    metrics: Metrics,
) -> LiveEndpoint:
    bounds = Bounds(
        idle=settings.idle_seconds,
        first_audio=settings.first_audio_seconds,
        replay_bytes=settings.replay_bytes,
        lead=settings.lead_seconds,
        unread=settings.unread_seconds,
        messages=settings.messages_per_second,
        # An engine waits for no final results: the gateway replays what is not final to another
        # engine.
        final_results=0 if is_engine else Bounds().final_results,
    )
    return LiveEndpoint(
        admission,
        close_session,
        None if isinstance(live_engine, EnginePool) else live_engine,
        running,
        clock,
        bounds,
        metrics,
        offered_models,
        live_engine if isinstance(live_engine, EnginePool) else None,
    )


def usage_log(
    *,
    settings: Settings,
    is_engine: bool,
    redis: "RedisClient | None",
    ledger: UsageLedger,
) -> NoUsageLog | SpooledUsageLog:
    if is_engine:
        return NoUsageLog()
    from adapters.redis.usage_rows import usage_of, usage_text

    log: UsageLog = DirectUsageLog(ledger)
    if redis is not None:
        from adapters.redis.usage import RedisUsageLog

        log = RedisUsageLog(redis)
    folder = None
    if settings.spool_dir:
        folder = writable_folder(settings.spool_dir, "ALDEA_SPOOL_DIR", ours=OURS)
    return SpooledUsageLog(log, folder, write_text=usage_text, read_text=usage_of)


def checkpoints(*, settings: Settings) -> SpooledCheckpoints:
    from adapters.redis.usage_rows import usage_text

    return SpooledCheckpoints(Path(settings.spool_dir), write_text=usage_text)
