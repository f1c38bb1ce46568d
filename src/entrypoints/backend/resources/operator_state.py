"""For operators of the platform: how it is, and how its engines did over time."""

from datetime import timedelta
from typing import Annotated

import attrs

from msgspec import Meta

from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.live.engine_history import EnginePeriod, periods
from aldea_core.domain.samples import KEPT, Measured, engine_series
from aldea_core.ports.clock import Clock
from aldea_core.ports.probes import Probes
from aldea_core.ports.samples import Samples
from aldea_core.use_cases.sync.show_state import PlatformState, ShowState
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.routes import (
    OPERATOR,
    Document,
    Operation,
    Resource,
    Wanted,
)
from entrypoints.backend.pipeline.texts import Moment


_OF_SECONDS = "_seconds"


class MeasuredDocument(Document, frozen=True, kw_only=True):
    value: Annotated[
        float | None, Meta(description="Null: not measured recently. Never zero then.")
    ]
    measured_at: Annotated[
        Moment | None,
        Meta(description="When it was measured; if the value is null, when it was measured last."),
    ]

    @classmethod
    def of(cls, found: Measured) -> "MeasuredDocument":
        return cls(value=found.value, measured_at=found.since)

    @classmethod
    def in_ms(cls, found: Measured) -> "MeasuredDocument":
        """
        Args:
            found: In seconds.
        """
        return cls(value=_ms(found.value), measured_at=found.since)


def _of(about: str) -> Meta:
    return Meta(description=about)


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


class StateDocument(Document, frozen=True, kw_only=True):
    """How the platform is."""

    measured_at: Moment
    outbox_changes: Annotated[MeasuredDocument, _of("Changes that are not relayed yet.")]
    outbox_age_ms: Annotated[MeasuredDocument, _of("How long the oldest of them has waited.")]
    sync_lag_ms: Annotated[
        MeasuredDocument,
        _of("How long gateways took to know the last change over HTTP; it waits a second at most."),
    ]
    drifted_orgs: Annotated[
        MeasuredDocument, _of("Whose copy differed from the database at the last sweep.")
    ]
    unbilled_ms: Annotated[
        MeasuredDocument, _of("Audio of months whose invoices are due, on no invoice.")
    ]
    emails_waiting: MeasuredDocument
    emails_age_ms: Annotated[MeasuredDocument, _of("How long the oldest email has waited.")]
    emails_failed: Annotated[MeasuredDocument, _of("Given up, in the last 30 days.")]

    @classmethod
    def of(cls, state: PlatformState) -> "StateDocument":
        found = attrs.asdict(state, recurse=False)
        measured_at = found.pop("at")
        shown = {}
        for name, value in found.items():
            if name.endswith(_OF_SECONDS):
                shown[name.removesuffix(_OF_SECONDS) + "_ms"] = MeasuredDocument.in_ms(value)
            else:
                shown[name] = MeasuredDocument.of(value)
        return cls(measured_at=measured_at, **shown)


class PeriodDocument(Document, frozen=True, kw_only=True):
    """An engine in a period of time; null was not measured."""

    begins_at: Moment
    samples: Annotated[int, Meta(description="How often it was asked.")]
    failures: Annotated[int | None, Meta(description="How often it did not answer well.")]
    answer_p95_ms: int | None
    behind_ms: Annotated[int | None, Meta(description="Behind live audio, at most.")]
    sessions: Annotated[int | None, Meta(description="At most.")]
    capacity: int | None

    @classmethod
    def of(cls, period: EnginePeriod) -> "PeriodDocument":
        return cls(
            begins_at=period.begins,
            samples=period.samples,
            failures=period.failures,
            answer_p95_ms=_ms(period.answer_seconds),
            behind_ms=_ms(period.behind_seconds),
            sessions=period.sessions,
            capacity=period.capacity,
        )


class EngineHistory(Document, frozen=True, kw_only=True):
    name: Annotated[str, Meta(description="Host and port.")]
    purposes: list[SessionKind]
    periods: Annotated[list[PeriodDocument], Meta(description="Oldest first, without gaps.")]


class EngineHistories(Document, frozen=True, kw_only=True):
    """Engines named in the settings; empty where the bundled engine is used."""

    items: list[EngineHistory]


class HistoryQuery(Wanted, frozen=True, kw_only=True):
    hours: Annotated[
        int,
        Meta(ge=1, le=KEPT // timedelta(hours=1), description="How far back."),
    ] = 24
    step_minutes: Annotated[int, Meta(ge=1, le=240, description="The length of a period.")] = 30


@attrs.frozen
class OperatorStateRoutes(Resource):
    TAG = "Operators"

    show_state: ShowState
    samples: Samples
    probes: Probes
    clock: Clock

    @Operation(
        "GET",
        "/v1/operator/state",
        OPERATOR,
        "Show how the platform is",
        about="Outboxes, sync, drift and unbilled audio. What was not measured is null.",
    )
    async def get_state(self, call: Call) -> StateDocument:
        return StateDocument.of(await self.show_state())

    @Operation(
        "GET",
        "/v1/operator/engines/history",
        OPERATOR,
        "Show how the engines did over time",
        query=HistoryQuery,
        about="The backend asks each engine every minute, and keeps the answers for two days.",
    )
    async def get_engine_history(self, call: Call) -> EngineHistories:
        query, now = call.query(HistoryQuery), self.clock.now()
        since, step = now - timedelta(hours=query.hours), timedelta(minutes=query.step_minutes)
        items = []
        for name, purposes in self.probes.names().items():
            found = await self.samples.of(engine_series(name), since=since)
            over_time = periods(found, since=since, until=now, step=step)
            items.append(
                EngineHistory(
                    name=name,
                    purposes=[SessionKind(each) for each in purposes],
                    periods=[PeriodDocument.of(period) for period in over_time],
                )
            )
        return EngineHistories(items=items)
