"""Usage: totals, request by request, and everything as CSV."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Annotated

import attrs

from msgspec import Meta

from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.reports import PageEnd, Selection, Totals, time_zone
from aldea_core.domain.billing.usage import UsageRecord
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import KeyId, OrgId, SessionId
from aldea_core.ports.clock import Clock
from aldea_core.ports.reports import UsageReports
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.days import DayOrMoment, Zone, since_of, until_of
from entrypoints.backend.pipeline.pages import cursor_to, moment_and_id
from entrypoints.backend.pipeline.problems import invalid
from entrypoints.backend.pipeline.routes import Document, Route, Streamed, Wanted, members
from entrypoints.backend.pipeline.texts import Cursor
from entrypoints.backend.resources.csv_text import csv_of


_TAG = "Usage"
_Text = Annotated[str, Meta(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]


class Which(Wanted, frozen=True, kw_only=True):
    """Which sessions: those that began from *since* and before *until*."""

    since: Annotated[
        DayOrMoment | None, Meta(description="A time or a day; else the beginning of this month.")
    ] = None
    until: Annotated[
        DayOrMoment | None, Meta(description="A time, or a day that is included; else now.")
    ] = None
    zone: Zone = "UTC"
    kind: SessionKind | None = None
    key: Annotated[_Text | None, Meta(description="The id of an API key.")] = None
    status: Annotated[int, Meta(ge=0, le=65_535)] | None = None
    model: _Text | None = None
    failed: Annotated[bool | None, Meta(description="Whether there is nothing to bill.")] = None
    tag: _Text | None = None
    id: Annotated[_Text | None, Meta(description="The beginning of the request's id.")] = None

    def of(self, org: OrgId, now: datetime) -> Selection:
        zone = time_zone(self.zone)
        since = Month.of(now).begins if self.since is None else since_of(self.since, zone)
        until = now if self.until is None else until_of(self.until, zone)
        if since > until:
            raise invalid("until", "Must not be before since.")
        key = None if self.key is None else KeyId(self.key)
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
        )


class WhichPage(Which, frozen=True, kw_only=True):
    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Cursor | None = None


class TotalsDocument(Document, frozen=True, kw_only=True):
    sessions: int
    failed: Annotated[int, Meta(description="Of these, those with nothing to bill.")]
    audio_ms: int
    live_ms: int
    file_ms: int

    @classmethod
    def of(cls, totals: Totals) -> "TotalsDocument":
        return cls(**attrs.asdict(totals))


class UsageDocument(Document, frozen=True, kw_only=True):
    since: datetime
    until: datetime
    totals: TotalsDocument


class RequestDocument(Document, frozen=True, kw_only=True):
    """One live stream or file."""

    id: str
    key: str
    kind: str
    started: datetime
    ended: datetime
    audio_ms: int
    channels: int
    status: Annotated[
        int, Meta(description="An HTTP status or a close code; 0 if only a checkpoint is known.")
    ]
    model: str
    language: str
    tags: list[str]
    final: bool

    @classmethod
    def of(cls, record: UsageRecord) -> "RequestDocument":
        return cls(
            id=record.session,
            key=record.key,
            kind=record.kind.value,
            started=record.started,
            ended=record.ended,
            audio_ms=record.audio_ms,
            channels=record.channels,
            status=record.status,
            model=record.model,
            language=record.language,
            tags=list(record.tags),
            final=record.final,
        )


class RequestList(Document, frozen=True, kw_only=True):
    items: list[RequestDocument]
    next: str | None


@attrs.frozen
class UsageRoutes:
    reports: UsageReports
    clock: Clock

    async def get_totals(self, call: Call) -> UsageDocument:
        which = call.query(Which).of(call.org.id, self.clock.now())
        totals = TotalsDocument.of(await self.reports.totals(which))
        return UsageDocument(since=which.since, until=which.until, totals=totals)

    async def get_requests(self, call: Call) -> RequestList:
        query = call.query(WhichPage)
        which = query.of(call.org.id, self.clock.now())
        after = _place(query.cursor)
        found = await self.reports.page(which, after=after, limit=query.limit + 1)
        page = found[: query.limit]
        following = None
        if len(found) > len(page):
            following = cursor_to((page[-1].started, page[-1].session))
        return RequestList(items=[RequestDocument.of(one) for one in page], next=following)

    async def get_request(self, call: Call) -> RequestDocument:
        found = await self.reports.session(call.org.id, SessionId(call.path["request"]))
        if found is None:
            raise NotFound("There is no such request.")
        return RequestDocument.of(found)

    async def get_csv(self, call: Call) -> Streamed:
        which = call.query(Which).of(call.org.id, self.clock.now())
        name = f"usage-{which.since:%Y-%m-%d}-{which.until:%Y-%m-%d}.csv"
        return Streamed(self._csv(which), "text/csv; charset=utf-8", name)

    async def _csv(self, which: Selection) -> AsyncIterator[bytes]:
        fields = RequestDocument.__struct_fields__
        yield csv_of([fields])
        async for records in self.reports.stream(which):
            documents = [RequestDocument.of(record) for record in records]
            yield csv_of([[getattr(one, name) for name in fields] for one in documents])

    def routes(self) -> Sequence[Route]:
        reading, org = members("usage:read"), "/v1/orgs/{org}"
        return (
            Route(
                "GET",
                org + "/usage",
                self.get_totals,
                reading,
                _TAG,
                "Usage added up",
                query=Which,
                answer=UsageDocument,
            ),
            Route(
                "GET",
                org + "/usage/csv",
                self.get_csv,
                reading,
                _TAG,
                "All requests as CSV, newest first",
                query=Which,
                media=("text/csv",),
            ),
            Route(
                "GET",
                org + "/requests",
                self.get_requests,
                reading,
                _TAG,
                "List requests, newest first",
                query=WhichPage,
                answer=RequestList,
            ),
            Route(
                "GET",
                org + "/requests/{request}",
                self.get_request,
                reading,
                _TAG,
                "Show a request",
                answer=RequestDocument,
            ),
        )


def _place(cursor: str | None) -> PageEnd | None:
    found = moment_and_id(cursor)
    return None if found is None else PageEnd(found[0], SessionId(found[1]))
