"""Factories for the gateway's endpoints, authentication and sessions."""

import os

from ipaddress import ip_network

from adapters.gpu_http.pool import EnginePool
from adapters.remote_http.client import GuardedClient
from adapters.remote_http.guard import Guard
from adapters.remote_http.remote import WebCallbacks, WebRemoteAudio
from aldea_core.domain.access.callers import Authenticator
from aldea_core.domain.ids import TaskId
from aldea_core.domain.live.bounds import Bounds
from aldea_core.domain.transcripts.models import OfferedModels
from aldea_core.ports.clock import Clock
from aldea_core.ports.engines import LiveEngine
from aldea_core.ports.grants import Grants
from aldea_core.ports.invalidations import Invalidations
from aldea_core.ports.keystore import Keystore
from aldea_core.ports.leases import Leases
from aldea_core.use_cases.access.authenticate import Authenticate
from aldea_core.use_cases.access.trust_gateway import TrustGateway
from aldea_core.use_cases.live.close_session import CloseSession
from aldea_core.use_cases.live.open_session import OpenSession
from aldea_core.use_cases.live.renew_sessions import RenewSessions
from aldea_core.use_cases.live.transcribe import Transcribe
from entrypoints.http.admission import Admission
from entrypoints.runtime.invalidation_listener import InvalidationListener
from entrypoints.runtime.metrics import Metrics
from entrypoints.runtime.session_registry import SessionRegistry
from entrypoints.settings import Settings
from entrypoints.transcribe.endpoint import FileEndpoint
from entrypoints.ws_proxy.endpoint import LiveEndpoint


def web_client(*, settings: Settings) -> GuardedClient:
    ours = tuple(ip_network(text) for text in settings.blocked_networks)
    return GuardedClient(Guard(allow_private=settings.allow_private_urls, ours=ours))


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
    return SessionRegistry(renew, clock, capacity=settings.capacity, metrics=metrics)


def invalidation_listener(
    *,
    invalidations: Invalidations,
    authenticate: Authenticator,
    running: SessionRegistry,
) -> InvalidationListener:
    return InvalidationListener(invalidations, [running.renew_soon, authenticate.invalidate])


def offered_models(*, settings: Settings, is_engine: bool) -> OfferedModels:
    """An engine offers all models: the gateway before it has already checked the name."""
    return OfferedModels({} if is_engine else dict(settings.models))


def live_endpoint(
    *,
    settings: Settings,
    offered_models: OfferedModels,
    is_engine: bool,
    authenticate: Authenticator,
    open_session: OpenSession,
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
        # An engine waits for no last words: the gateway replays what is not final to another
        # engine.
        last_words=0 if is_engine else Bounds().last_words,
    )
    return LiveEndpoint(
        Admission(authenticate, open_session, metrics),
        close_session,
        None if isinstance(live_engine, EnginePool) else live_engine,
        running,
        clock,
        bounds,
        metrics,
        offered_models,
        live_engine if isinstance(live_engine, EnginePool) else None,
    )


def file_endpoint(
    *,
    settings: Settings,
    offered_models: OfferedModels,
    authenticate: Authenticator,
    open_session: OpenSession,
    transcribe: Transcribe,
    grants: Grants,
    remote_audio: WebRemoteAudio,
    callbacks: WebCallbacks,
    running: SessionRegistry,
    clock: Clock,
    metrics: Metrics,
) -> FileEndpoint:
    return FileEndpoint(
        Admission(authenticate, open_session, metrics),
        transcribe,
        grants,
        remote_audio,
        callbacks,
        running,
        clock,
        metrics,
        settings.processing_seconds,
        settings.upload_idle_seconds,
        offered_models,
    )
