"""Requests to engines as steps of a trace, named by OpenTelemetry's conventions for HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import final

import attrs

from typing_extensions import override

from adapters.gpu_http.target import Target
from aldea_core.ports.tracing import SpanKind, Tracer


@contextmanager
def step(tracer: Tracer, method: str, target: Target) -> Iterator[str]:
    """Gives the line of the request's head that names the trace to the engine."""
    host, port = target.address
    with tracer.span(
        f"{method} /v1/listen",
        SpanKind.CLIENT,
        attributes={
            "http.request.method": method,
            "url.template": "/v1/listen",
            "server.address": host,
            "server.port": port,
        },
    ) as span:
        yield f"traceparent: {span.traceparent}\r\n"


@final
@attrs.frozen
class TracedLines:
    """*lines* of a request's head, and one that names the trace that the caller is in."""

    lines: str
    tracer: Tracer

    @override
    def __format__(self, _: str) -> str:
        return f"{self.lines}traceparent: {self.tracer.current()}\r\n"
