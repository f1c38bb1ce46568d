"""An application with what all services share: probes, metrics, request ids, error texts."""

from collections.abc import Callable

from aiohttp import web

from aldea_core.ports.clock import Clock
from aldea_core.ports.randomness import Randomness
from aldea_core.ports.tracing import Tracer
from aldea_core.protocol.engine_headers import BEHIND, LOAD
from entrypoints.http.access_log import AccessLog
from entrypoints.http.cors import Cors
from entrypoints.http.endless import end_with_server
from entrypoints.http.middleware import Refuse, around, in_deepgrams_words, name_request
from entrypoints.http.traced import around_requests
from entrypoints.runtime.engine_stats import EngineStats, MeasuredEngine
from entrypoints.runtime.metrics import Metrics
from entrypoints.runtime.periodic import Runner


# A second application to serve (metrics), and its port.
CORS = web.AppKey("cors", Cors)
APART = web.AppKey("apart", tuple[int, web.Application])
# What runs the jobs of the server that serves the application.
RUNNER = web.AppKey("runner", Runner)


def new_app(
    randomness: Randomness,
    clock: Clock,
    metrics: Metrics,
    is_ready: Callable[[], bool],
    refuse: Refuse = in_deepgrams_words,
    *,
    most_bytes: int = 2**20,
    engine: MeasuredEngine | None = None,
    tracer: Tracer | None = None,
    metrics_port: int | None = 0,
    origins: tuple[str, ...] = (),
) -> web.Application:
    """
    An application with request ids, worded errors and health probes.

    Args:
        refuse: Turns an exception into a response.
        most_bytes: The largest body that is read into memory.
        tracer: Traces every request that the HTTP library serves; None: none is traced here.
        metrics_port: Port of `/metrics`, which it shares with the probes only; 0 for the
            application's own port, None if another application serves it.
        origins: Origins of pages that may call (CORS).
        engine: What this process serves, if it is an engine. `/healthz` reports by how many seconds
            it is behind the audio it received, its sessions and how many it takes at once;
            `/stats`, where `/metrics` is, reports all that it measures of itself.

    `/healthz` says that the process lives, `/readyz` whether load balancers should send it traffic:
    during a drain `/healthz` stays true while `/readyz` is false. An engine is not ready either while
    it has no capacity at all, which is when its workers have died.
    """
    app = web.Application(
        middlewares=[
            *([around_requests(tracer)] if tracer is not None and tracer.is_on else []),
            around(randomness, clock, AccessLog(metrics, clock), refuse),
        ],
        client_max_size=most_bytes,
    )
    app[RUNNER] = Runner(clock, randomness, metrics)
    app.on_response_prepare.append(name_request)
    end_with_server(app)
    if origins:
        app[CORS] = Cors(origins)
        app[CORS].add_to(app)
    probes = _probes(is_ready, engine)
    app.router.add_routes(probes)  # load balancers and gateways probe the main port
    measured = _measured(metrics, engine)
    if metrics_port == 0:
        app.router.add_routes(measured)
    elif metrics_port is not None:
        apart = web.Application()
        apart[RUNNER] = app[RUNNER]
        apart.router.add_routes((*probes, *measured))
        app[APART] = metrics_port, apart
    return app


# What Prometheus says that it accepts, and neither browsers nor monitors do.
_PROMETHEUS_KINDS = ("text/plain", "application/openmetrics-text")
_PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8"


def _probes(is_ready: Callable[[], bool], engine: MeasuredEngine | None) -> list[web.RouteDef]:
    async def healthz(_: web.Request) -> web.Response:
        headers = {}
        if engine is not None:
            busy, capacity = engine.load()
            headers = {BEHIND: f"{engine.behind():.1f}", LOAD: f"{busy}/{capacity}"}
        return web.json_response({"status": "alive"}, headers=headers)

    async def readyz(_: web.Request) -> web.Response:
        return _readiness(is_ready(), None if engine is None else engine.load()[1])

    return [web.get("/healthz", healthz), web.get("/readyz", readyz)]


def _measured(metrics: Metrics, engine: MeasuredEngine | None) -> list[web.RouteDef]:
    async def show_metrics(_: web.Request) -> web.Response:
        return web.Response(body=metrics.text(), headers={"Content-Type": _PROMETHEUS_TEXT})

    if engine is None:
        return [web.get("/metrics", show_metrics)]
    stats = EngineStats(engine)

    async def show_stats(request: web.Request) -> web.Response:
        if any(kind in request.headers.get("Accept", "") for kind in _PROMETHEUS_KINDS):
            return web.Response(body=stats.text(), headers={"Content-Type": _PROMETHEUS_TEXT})
        return web.json_response(stats.document())

    return [web.get("/metrics", show_metrics), web.get("/stats", show_stats)]


def _readiness(is_ready: bool, capacity: int | None) -> web.Response:
    if not is_ready:
        return web.json_response({"status": "draining"}, status=503)
    if capacity == 0:
        return web.json_response({"status": "without workers"}, status=503)
    return web.json_response({"status": "ready"})
