"""How the doors of the gateway are made, and who stands at them."""

import os

from ipaddress import ip_network

from adapters.gpu_http.pool import EnginePool
from adapters.remote_http.client import GuardedClient
from adapters.remote_http.guard import Guard
from adapters.remote_http.remote import WebCallbacks, WebRemoteAudio
from aldea_core.domain.access.callers import Doorkeeper
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
from entrypoints.hearsay import Hearsay
from entrypoints.running import RunningSessions
from entrypoints.settings import Settings
from entrypoints.transcribe.listen import FileDoor
from entrypoints.web.admission import Admission
from entrypoints.web.metrics import Metrics
from entrypoints.ws_proxy.listen import LiveDoor


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


def hearsay(
    *,
    invalidations: Invalidations,
    authenticate: Doorkeeper,
    running: RunningSessions,
) -> Hearsay:
    return Hearsay(invalidations, [running.hurry, authenticate.mistrust])


def offered_models(*, settings: Settings, is_engine: bool) -> OfferedModels:
    """An engine is asked by a gateway, which has looked already."""
    return OfferedModels({} if is_engine else dict(settings.models))


def live_door(
    *,
    settings: Settings,
    offered_models: OfferedModels,
    is_engine: bool,
    authenticate: Doorkeeper,
    open_session: OpenSession,
    close_session: CloseSession,
    live_engine: LiveEngine | EnginePool,
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
        messages=settings.messages_per_second,
        # Of an engine's streams the gateway has another one listen to what is not final.
        last_words=0 if is_engine else Bounds().last_words,
    )
    return LiveDoor(
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


def file_door(
    *,
    settings: Settings,
    offered_models: OfferedModels,
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
