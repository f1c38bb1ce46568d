"""Without a collector nothing is traced, and nothing of it costs anything."""

import pytest

from adapters.memory.tracing import NoTracer
from aldea_core.ports.tracing import SpanKind
from entrypoints.containers.services import Services
from entrypoints.http.handlers import FAST_PATH
from entrypoints.http.traced import TRACER
from entrypoints.services.gateway import make_app
from entrypoints.settings import Settings, SettingsError


def test_nothing_is_traced_unless_a_collector_is_named():
    """
    A step has no traceparent to hand on, and may be noted and failed all the same.
    """
    tracer = Services(Settings()).stores.tracer()

    assert isinstance(tracer, NoTracer)
    assert not tracer.is_on
    with tracer.span("step", SpanKind.SERVER, parent="00-x", attributes={"a": 1}) as span:
        span.note("b", 2)
        span.fail("500")
        assert (span.traceparent, tracer.current()) == ("", "")
    tracer.flush()


async def test_handlers_are_called_directly_unless_traces_are_on():
    """
    On the fast path, each call between would be paid for by every request.
    """
    services = Services(Settings(ws_engines=("http://gpu-1:8443",), file_engines=("http://g:1",)))
    app = make_app(services)
    try:
        assert TRACER not in app
        handlers = app[FAST_PATH].handlers
        assert handlers["POST", "/v1/listen"] == services.gateway.file_endpoint().listen
    finally:
        await services.close()


def test_missing_library_is_named_with_its_extra(monkeypatch):
    services = Services(Settings(traces_url="http://127.0.0.1:4318"))
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)

    with pytest.raises(SettingsError, match=r"pip install 'aldea\[traces\]'"):
        services.stores.tracer()
