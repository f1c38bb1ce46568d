"""A collector of traces on loopback, which speaks OTLP over HTTP."""

import gzip
import threading

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import attrs

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


_KINDS = {2: "server", 3: "client", 4: "producer", 5: "consumer"}


@attrs.frozen
class Step:
    """A span, its ids as hexadecimal digits."""

    service: str
    name: str
    kind: str
    trace: str
    id: str
    parent: str
    attributes: dict[str, Any]
    is_failed: bool


@attrs.define
class Collector:
    url: str
    steps: list[Step] = attrs.Factory(list)

    def of(self, trace: str) -> list[Step]:
        """The steps of a trace, each after the step that it is in."""
        left = {step.id: step for step in self.steps if step.trace == trace}
        sorted_steps: list[Step] = []
        while left:
            ready = [step for step in left.values() if step.parent not in left]
            sorted_steps += ready
            for step in ready:
                del left[step.id]
        return sorted_steps


@contextmanager
def collector() -> Iterator[Collector]:
    found = Collector("")

    class Receive(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            assert self.path == "/v1/traces"
            found.steps += _steps(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receive)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _steps(request: ExportTraceServiceRequest) -> Iterator[Step]:
    for resource in request.resource_spans:
        about = _values(resource.resource.attributes)
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Step(
                    about["service.name"],
                    span.name,
                    _KINDS[span.kind],
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    _values(span.attributes),
                    span.status.code == 2,
                )


def _values(pairs: Any) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs}
