"""The gateway: admission, sessions, engines, and the endpoints for live streams and files."""

from dependency_injector import providers

from adapters.guarded_http.callbacks import WebCallbacks
from adapters.guarded_http.remote_audio import WebRemoteAudio
from adapters.memory.leases import MemoryLeases
from aldea_core.use_cases.access.issue_grant import IssueGrant
from aldea_core.use_cases.access.note_key_use import NoteKeyUse
from aldea_core.use_cases.live.close_session import CloseSession
from aldea_core.use_cases.live.extend_lease import ExtendLease
from aldea_core.use_cases.live.open_session import OpenSession
from aldea_core.use_cases.live.renew_sessions import RenewSessions
from aldea_core.use_cases.live.transcribe import Transcribe
from entrypoints.containers.stores import Stores
from entrypoints.containers.wiring import Wiring, needs, wired
from entrypoints.factories import engines, gateway
from entrypoints.http.admission import Admission
from entrypoints.transcribe.endpoint import FileEndpoint
from entrypoints.transcribe.grant import GrantEndpoint


class Gateway(Wiring):
    stores = needs(Stores)

    authenticate = wired(gateway.authenticate)
    offered_models = wired(gateway.offered_models)

    offline = providers.Singleton(MemoryLeases)
    usage = wired(gateway.usage_log)
    checkpoints = wired(gateway.checkpoints)
    open_session = wired(
        OpenSession, task=gateway.task, offline_cap=lambda settings: settings.offline_cap
    )
    extend_lease = wired(ExtendLease)
    close_session = wired(CloseSession)
    renew_sessions = wired(RenewSessions)
    running = wired(gateway.running)
    emf_report = wired(gateway.emf_report)
    protect_task = wired(gateway.protect_task)
    invalidation_listener = wired(gateway.invalidation_listener)

    bundled_engine = wired(engines.bundled_engine)
    live_engine = wired(engines.engine, urls=lambda settings: settings.ws_engines)
    file_engine = wired(engines.engine, urls=lambda settings: settings.file_engines)
    transcribe = wired(Transcribe, engine="file_engine")

    web_client = wired(gateway.web_client)
    remote_audio = wired(WebRemoteAudio, client="web_client")
    callbacks = wired(WebCallbacks, client="web_client")
    admission = wired(Admission, authenticator="authenticate")
    issue_grant = wired(IssueGrant)
    note_key_use = wired(NoteKeyUse)
    live_endpoint = wired(gateway.live_endpoint)
    file_endpoint = wired(
        FileEndpoint,
        processing_seconds=lambda settings: settings.processing_seconds,
        upload_idle_seconds=lambda settings: settings.upload_idle_seconds,
        models="offered_models",
    )
    grant_endpoint = wired(
        GrantEndpoint, upload_idle_seconds=lambda settings: settings.upload_idle_seconds
    )
