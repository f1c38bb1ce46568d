"""
The services of production: ws-proxy, transcribe, and stt (the engine).

A gateway is ws-proxy and transcribe in one process, for hosts where no load balancer routes them by
path.
"""

from contextlib import AsyncExitStack
from functools import partial

import attrs
import structlog

from aiohttp import web

from entrypoints.containers.aldea import aldea
from entrypoints.containers.services import Services
from entrypoints.http.access_log import AccessLog
from entrypoints.http.app import CORS, new_app
from entrypoints.http.connection import FastPath
from entrypoints.http.documents import Documents
from entrypoints.http.forward import Forwarder
from entrypoints.http.handlers import FAST_PATH
from entrypoints.http.middleware import FORWARDED_ID, in_deepgrams_words, sent, session_of
from entrypoints.http.server import connection_bounds, serving, until_stopped
from entrypoints.http.traced import TRACER
from entrypoints.runtime.gc import tune_gc
from entrypoints.runtime.malloc import tune_malloc
from entrypoints.runtime.open_files import within_open_files
from entrypoints.runtime.periodic import Part
from entrypoints.runtime.signals import Signals
from entrypoints.services.gateway_openapi import ERRORS, document
from entrypoints.settings import Settings
from entrypoints.transcribe import endpoint as transcribe
from entrypoints.transcribe import grant, openai
from entrypoints.transcribe.openai import OpenAiEndpoint
from entrypoints.ws_proxy import endpoint as ws_proxy


log = structlog.get_logger()

_AN_HOUR = 3600.0
_MANY = 1e6


async def serve(
    name: str,
    settings: Settings,
    *,
    host: str,
    port: int,
    reuse_port: bool = False,
) -> None:
    """
    Runs the service *name* until a signal stops it.

    Args:
        reuse_port: Whether other workers listen on the same port.

    Raises:
        CannotListen: The port is taken.
        Unavailable: A store or an engine does not answer.
    """
    live, files = name != "transcribe", name != "ws-proxy"
    if name == "stt":
        if not settings.engine_token:
            log.warning("this engine serves whoever reaches it", missing="ALDEA_ENGINE_TOKEN")
        # A gateway limits the pace and duration of its clients. An engine's client is the gateway,
        # which is trusted.
        settings = attrs.evolve(
            settings,
            ws_engines=(),
            file_engines=(),
            lead_seconds=_AN_HOUR,
            first_audio_seconds=_AN_HOUR,
            messages_per_second=_MANY,
        )
    settings = within_open_files(settings)
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(
            aldea(settings, {Part.GATEWAY}, live=live, files=files, is_engine=name == "stt")
        )
        signals = Signals()
        bound = await stack.enter_async_context(
            serving(
                make_app(services),
                host,
                port,
                reuse_port=reuse_port,
                bounds=connection_bounds(settings),
            )
        )
        tune_gc()
        tune_malloc()
        log.info("serving", service=name, host=host, port=bound)
        await until_stopped(signals, services.gateway.running(), settings)


def make_app(services: Services) -> web.Application:
    """The application of the gateway, for streams, for files or for both."""
    live, files, is_engine = services.live, services.files, services.stores.is_engine()
    running = services.gateway.running()
    app = new_app(
        services.stores.randomness(),
        services.stores.clock(),
        services.stores.metrics(),
        lambda: not running.draining,
        _in_the_dialect,
        engine=services.gateway.bundled_engine() if is_engine else None,
        metrics_port=services.settings.metrics_port,
        origins=() if is_engine else services.settings.dashboard_origins,
    )
    app[FAST_PATH] = FastPath(
        services.stores.randomness(),
        services.stores.clock(),
        AccessLog(services.stores.metrics(), services.stores.clock()),
        is_engine,  # only a gateway is trusted to name requests
        app.get(CORS),
    )
    if (tracer := services.stores.tracer()).is_on:
        app[TRACER] = tracer
    if is_engine:
        app[FORWARDED_ID] = True
    if live:
        ws_proxy.add_handlers(app, services.gateway.live_endpoint())
    if files:
        endpoint = services.gateway.file_endpoint()
        transcribe.add_handlers(app, endpoint)
        grant.add_handlers(app, services.gateway.grant_endpoint())
        if not is_engine:  # an engine speaks the public protocol only
            openai.add_handlers(app, OpenAiEndpoint(endpoint))
    if not is_engine:
        if services.settings.backend_url:
            Forwarder(services.settings.backend_url).add_to(app)
        url = services.settings.public_api_url
        Documents(partial(document, live=live, files=files, url=url), ERRORS).add_to(app)
    return app


def _in_the_dialect(request: web.Request, error: Exception) -> web.Response:
    """The error response in the dialect of the request's path."""
    if openai.PREFIX in request.path:
        return sent(openai.refused(error, session_of(request)))
    return in_deepgrams_words(request, error)
