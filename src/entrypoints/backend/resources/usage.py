"""Usage added up, and the selection of sessions that all reports take."""

from datetime import datetime
from typing import Annotated

import attrs

from msgspec import Meta

from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.reports import Selection, Totals, time_zone
from aldea_core.domain.ids import KeyId, OrgId
from aldea_core.ports.clock import Clock
from aldea_core.ports.reports import UsageReports
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.days import DayOrMoment, Zone, since_of, until_of
from entrypoints.backend.pipeline.problems import invalid
from entrypoints.backend.pipeline.routes import (
    Document,
    Operation,
    Resource,
    Wanted,
    for_members,
)
from entrypoints.backend.pipeline.texts import PRINTABLE, Moment


_Text = Annotated[str, Meta(max_length=200, pattern=PRINTABLE)]


class Which(Wanted, frozen=True, kw_only=True):
    """Which sessions: those that began from *since* and before *until*."""

    since: Annotated[
        DayOrMoment | None, Meta(description="A time or a day; else the beginning of this month.")
    ] = None
    until: Annotated[
        DayOrMoment | None, Meta(description="A time, or a day that is included; else now.")
    ] = None
    zone: Zone = "UTC"
    kind: Annotated[SessionKind | None, Meta(description="Live streams or files.")] = None
    key_id: Annotated[_Text | None, Meta(description="The id of an API key.")] = None
    status: Annotated[
        Annotated[int, Meta(ge=0, le=65_535)] | None,
        Meta(description="An HTTP status or a close code."),
    ] = None
    model: Annotated[_Text | None, Meta(description="The name of a model.")] = None
    failed: Annotated[bool | None, Meta(description="Whether there is nothing to bill.")] = None
    tag: Annotated[_Text | None, Meta(description="One of its tags.")] = None
    reason: Annotated[_Text | None, Meta(description="Why it ended: a code, as engine_gone.")] = (
        None
    )
    id: Annotated[_Text | None, Meta(description="The beginning of the request's id.")] = None

    def of(self, org: OrgId, now: datetime) -> Selection:
        zone = time_zone(self.zone)
        since = Month.of(now).begins if self.since is None else since_of(self.since, zone)
        until = now if self.until is None else until_of(self.until, zone)
        if since > until:
            raise invalid("until", "Must not be before since.")
        key = None if self.key_id is None else KeyId(self.key_id)
        return Selection(
            org,
            since,
            until,
            self.kind,
            key,
            self.status,
            self.model,
            self.failed,
            self.tag,
            prefix=self.id,
            reason=self.reason,
        )


class TotalsDocument(Document, frozen=True, kw_only=True):
    sessions: int
    failed: Annotated[int, Meta(description="Of these, those with nothing to bill.")]
    audio_ms: int
    live_ms: int
    file_ms: int

    @classmethod
    def of(cls, totals: Totals) -> "TotalsDocument":
        return cls(
            sessions=totals.sessions,
            failed=totals.failed,
            audio_ms=totals.audio_ms,
            live_ms=totals.live_ms,
            file_ms=totals.file_ms,
        )


class UsageDocument(Document, frozen=True, kw_only=True):
    since_at: Moment
    until_at: Moment
    totals: TotalsDocument


@attrs.frozen
class UsageRoutes(Resource):
    TAG = "Usage"

    reports: UsageReports
    clock: Clock

    @Operation(
        "GET", "/v1/orgs/{org}/usage", for_members("usage:read"), "Usage added up", query=Which
    )
    async def get_usage(self, call: Call) -> UsageDocument:
        which = call.query(Which).of(call.org.id, self.clock.now())
        totals = TotalsDocument.of(await self.reports.totals(which))
        return UsageDocument(since_at=which.since, until_at=which.until, totals=totals)
