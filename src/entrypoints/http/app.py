"""An application with everything around it that services share."""

from collections.abc import Callable

from aiohttp import web

from aldea_core.ports.clock import Clock
from aldea_core.ports.randomness import Randomness
from aldea_core.protocol.websocket_handshake import BEHIND
from entrypoints.http.metrics import Metrics
from entrypoints.http.middleware import Refuse, around, in_deepgrams_words, name_request
from entrypoints.http.record import Record


# What is served beside an application, and on which port.
APART = web.AppKey("apart", tuple[int, web.Application])


def new_app(
    randomness: Randomness,
    clock: Clock,
    metrics: Metrics,
    is_ready: Callable[[], bool],
    refuse: Refuse = in_deepgrams_words,
    *,
    most_bytes: int = 2**20,
    behind: Callable[[], float] | None = None,
    metrics_port: int | None = 0,
) -> web.Application:
    """
    An application that names requests, words errors and tells how it is.

    Args:
        refuse: Words what was raised.
        most_bytes: The largest body that is read at once.
        metrics_port: Where `/metrics` is, alone with the probes; 0 for the application's own port,
            None if another application shows it.
        behind: Seconds by which an engine is behind what it was sent, which `/healthz` says.

    `/healthz` says that the process lives, `/readyz` whether it should be sent traffic: in a
    drain the one stays true while the other is false.
    """

    async def healthz(_: web.Request) -> web.Response:
        headers = {} if behind is None else {BEHIND: f"{behind():.1f}"}
        return web.json_response({"status": "alive"}, headers=headers)

    async def readyz(_: web.Request) -> web.Response:
        if is_ready():
            return web.json_response({"status": "ready"})
        return web.json_response({"status": "draining"}, status=503)

    async def show_metrics(_: web.Request) -> web.Response:
        return web.Response(body=metrics.text(), headers={"Content-Type": _PROMETHEUS_TEXT})

    app = web.Application(
        middlewares=[around(randomness, clock, Record(metrics, clock), refuse)],
        client_max_size=most_bytes,
    )
    app.on_response_prepare.append(name_request)
    probes = (web.get("/healthz", healthz), web.get("/readyz", readyz))
    app.router.add_routes(probes)  # load balancers and gateways ask where they send traffic, too
    if metrics_port == 0:
        app.router.add_get("/metrics", show_metrics)
    elif metrics_port is not None:
        apart = web.Application()
        apart.router.add_routes((*probes, web.get("/metrics", show_metrics)))
        app[APART] = metrics_port, apart
    return app


_PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8"
