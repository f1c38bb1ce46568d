"""No traces: what services have unless a collector is named."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import final

from typing_extensions import override

from aldea_core.ports.tracing import Span, SpanKind, Tracer


@final
class NoSpan(Span):
    @property
    @override
    def traceparent(self) -> str:
        return ""

    @override
    def note(self, name: str, value: str | int) -> None:
        pass

    @override
    def fail(self, kind: str) -> None:
        pass


@final
class NoTracer(Tracer):
    @property
    @override
    def is_on(self) -> bool:
        return False

    @override
    def span(
        self,
        name: str,
        kind: SpanKind,
        *,
        parent: str | None = None,
        attributes: Mapping[str, str | int] | None = None,
    ) -> AbstractContextManager[Span]:
        return _NO_SPAN

    @override
    def current(self) -> str:
        return ""

    @override
    def flush(self) -> None:
        pass


# One for all: it keeps nothing.
_NO_SPAN: AbstractContextManager[Span] = nullcontext(NoSpan())
