"""
Traces by OpenTelemetry, sent to a collector by OTLP over HTTP.

A thread sends them in batches. While the collector is away, ended steps beyond a bound are dropped:
services never wait for it. OpenTelemetry's own variables (`OTEL_TRACES_SAMPLER`,
`OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_BSP_…`) are read by its library.
"""

import asyncio

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import final

import attrs

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from typing_extensions import override

from aldea_core.ports.tracing import Span, SpanKind, Tracer


_SEND_SECONDS = 2
_FLUSH_MS = 3_000


@final
class OtelTracer(Tracer):
    """
    Args:
        service: The name of the process's service in traces.
        url: Base URL of the collector.
    """

    def __init__(self, service: str, url: str) -> None:
        self._provider = TracerProvider(
            resource=Resource.create({"service.namespace": "aldea", "service.name": service}),
            shutdown_on_exit=False,
        )
        exporter = OTLPSpanExporter(endpoint=f"{url}/v1/traces", timeout=_SEND_SECONDS)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("aldea")
        self._propagator = TraceContextTextMapPropagator()

    @property
    @override
    def is_on(self) -> bool:
        return True

    @override
    @contextmanager
    def span(
        self,
        name: str,
        kind: SpanKind,
        *,
        parent: str | None = None,
        attributes: Mapping[str, str | int] | None = None,
    ) -> Iterator[Span]:
        around = None
        if parent is not None:
            around = self._propagator.extract({"traceparent": parent}, Context())
        with self._tracer.start_as_current_span(
            name,
            around,
            trace.SpanKind[kind.name],
            attributes,
            # Texts of errors may hold anything, and leave the deployment with the trace.
            record_exception=False,
            set_status_on_exception=False,
        ) as started:
            span = OtelSpan(started)
            try:
                yield span
            except BaseException as error:
                span.fail(type(error).__name__)
                raise

    @override
    def current(self) -> str:
        return _traceparent(trace.get_current_span())

    @override
    def flush(self) -> None:
        self._provider.force_flush(_FLUSH_MS)

    async def close(self) -> None:
        """Sends what has ended, and stops the thread."""
        await asyncio.to_thread(self._provider.shutdown)


@final
@attrs.frozen
class OtelSpan(Span):
    started: trace.Span

    @property
    @override
    def traceparent(self) -> str:
        return _traceparent(self.started)

    @override
    def note(self, name: str, value: str | int) -> None:
        self.started.set_attribute(name, value)

    @override
    def fail(self, kind: str) -> None:
        self.started.set_attribute("error.type", kind)
        self.started.set_status(trace.StatusCode.ERROR)


def _traceparent(span: trace.Span) -> str:
    context = span.get_span_context()
    if not context.is_valid:
        return ""
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
