"""What every `Tracer` promises, with its `Span`."""

import re

import pytest

from aldea_core.ports.tracing import SpanKind


SENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
W3C = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")


def trace_of(traceparent: str) -> str:
    return W3C.fullmatch(traceparent)[1]


class TracerContract:
    """Subclasses give the fixture `tracer`."""

    def test_traceparent_is_sent_on_only_where_steps_are_traced(self, tracer):
        with tracer.span("work", SpanKind.SERVER, attributes={"n": 1}) as span:
            span.note("size", 7)
            assert bool(W3C.fullmatch(span.traceparent)) == tracer.is_on
            assert bool(span.traceparent) == tracer.is_on

    def test_step_is_around_what_its_task_does(self, tracer):
        """
        Until it ends; steps within are of the same trace.
        """
        assert tracer.current() == ""
        with tracer.span("one", SpanKind.SERVER) as one:
            assert tracer.current() == one.traceparent
            with tracer.span("two", SpanKind.CLIENT) as two:
                assert tracer.current() == two.traceparent
                if tracer.is_on:
                    assert trace_of(two.traceparent) == trace_of(one.traceparent)
            assert tracer.current() == one.traceparent
        assert tracer.current() == ""

    @pytest.mark.parametrize("parent", ["", "malformed", SENT])
    def test_trace_that_was_sent_goes_on(self, tracer, parent):
        """
        A malformed one begins anew.
        """
        with tracer.span("work", SpanKind.CONSUMER, parent=parent) as span:
            if tracer.is_on:
                assert (trace_of(span.traceparent) == trace_of(SENT)) == (parent == SENT)

    def test_an_error_leaves_its_span(self, tracer):
        with (
            pytest.raises(ZeroDivisionError),
            tracer.span("work", SpanKind.PRODUCER) as span,
        ):
            span.fail("500")
            raise ZeroDivisionError
        tracer.flush()
        assert tracer.current() == ""
