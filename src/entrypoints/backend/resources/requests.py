"""Requests one by one: a list, one of them, and everything as CSV."""

from collections.abc import AsyncIterator
from typing import Annotated

import attrs

from msgspec import Meta

from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.billing.money import in_digits
from aldea_core.domain.billing.reports import Selection
from aldea_core.domain.errors import existing
from aldea_core.domain.ids import SessionId
from aldea_core.ports.clock import Clock
from aldea_core.ports.transaction import Transaction
from aldea_core.protocol.deepgram.reasons import words_of
from aldea_core.use_cases.billing.show_requests import ShownRequest, ShowRequests
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.pages import page_and_next, page_by_time
from entrypoints.backend.pipeline.routes import (
    Document,
    Operation,
    Resource,
    Streamed,
    for_members,
)
from entrypoints.backend.pipeline.texts import Cursor, Moment
from entrypoints.backend.resources.csv_text import csv_of
from entrypoints.backend.resources.money_documents import Currency, sees_money
from entrypoints.backend.resources.usage import Which


class WhichPage(Which, frozen=True, kw_only=True):
    limit: Annotated[int, Meta(ge=1, le=100, description="How many, at most.")] = 50
    cursor: Cursor | None = None


class RequestDocument(Document, frozen=True, kw_only=True):
    """One live stream or file."""

    id: str
    key_id: str
    kind: SessionKind
    started_at: Moment
    ended_at: Moment
    audio_ms: int
    channels: int
    status: Annotated[
        int, Meta(description="An HTTP status or a close code; 0 if only a checkpoint is known.")
    ]
    model: str
    language: str
    tags: list[str]
    final: bool
    key_name: Annotated[str, Meta(description="Empty if the key is gone.")]
    reason: Annotated[
        str,
        Meta(description="Why it ended, as engine_gone; empty if nothing went wrong."),
    ]
    reason_text: Annotated[str, Meta(description="The reason or the status in words.")]
    first_word_ms: Annotated[
        int | None,
        Meta(
            description="Of a live stream: milliseconds from when the first word was said until a "
            "result with words was sent. Null without one, or if audio came faster than speech."
        ),
    ]
    features: Annotated[list[str], Meta(description="What was asked for: diarize, punctuate, …")]
    callback_attempts: Annotated[
        int, Meta(description="How often the result was offered to the request's callback.")
    ]
    callback_delivered: Annotated[
        bool | None, Meta(description="Whether the callback took it; null if it was not offered.")
    ]
    cost: Annotated[
        str | None,
        Meta(
            description="In the currency's unit, to four digits, before what the plan includes. "
            "Null for API keys without the scope `billing:read`."
        ),
    ]
    currency: Currency

    @classmethod
    def of(cls, shown: ShownRequest, *, is_priced: bool) -> "RequestDocument":
        record = shown.record
        return cls(
            id=record.session,
            key_id=record.key,
            kind=record.kind,
            started_at=record.started,
            ended_at=record.ended,
            audio_ms=record.audio_ms,
            channels=record.channels,
            status=record.status,
            model=record.model,
            language=record.language,
            tags=list(record.tags),
            final=record.final,
            key_name=shown.key_name,
            reason=record.reason,
            reason_text=words_of(record.status, record.reason),
            first_word_ms=record.first_word_ms,
            features=list(record.features),
            callback_attempts=record.callbacks,
            callback_delivered=record.callback_delivered,
            cost=in_digits(shown.cost) if is_priced else None,
            currency=shown.currency,
        )


class RequestList(Document, frozen=True, kw_only=True):
    items: list[RequestDocument]
    next: str | None


@attrs.frozen
class RequestRoutes(Resource):
    TAG = "Usage"

    show_requests: ShowRequests
    transaction: Transaction
    clock: Clock

    @Operation(
        "GET",
        "/v1/orgs/{org}/usage/csv",
        for_members("usage:read"),
        "All requests as CSV, newest first",
        query=Which,
        media=("text/csv",),
    )
    async def get_usage_csv(self, call: Call) -> Streamed:
        which = call.query(Which).of(call.org.id, self.clock.now())
        name = f"usage-{which.since:%Y-%m-%d}-{which.until:%Y-%m-%d}.csv"
        rows = self._csv(which, is_priced=sees_money(call))
        return Streamed(rows, "text/csv; charset=utf-8", name)

    @Operation(
        "GET",
        "/v1/orgs/{org}/requests",
        for_members("usage:read"),
        "List requests, newest first",
        query=WhichPage,
    )
    async def get_requests(self, call: Call) -> RequestList:
        query = call.query(WhichPage)
        which = query.of(call.org.id, self.clock.now())
        async with self.transaction.reading():
            found = await self.show_requests.page(which, page_by_time(query, newest_first=True))
        page, following = page_and_next(found, query, lambda one: one.record.place)
        is_priced = sees_money(call)
        items = [RequestDocument.of(one, is_priced=is_priced) for one in page]
        return RequestList(items=items, next=following)

    @Operation(
        "GET", "/v1/orgs/{org}/requests/{request}", for_members("usage:read"), "Show a request"
    )
    async def get_request(self, call: Call) -> RequestDocument:
        found = await self.show_requests.one(call.org.id, SessionId(call.path["request"]))
        record = existing(found, "There is no such request.")
        return RequestDocument.of(record, is_priced=sees_money(call))

    async def _csv(self, which: Selection, *, is_priced: bool) -> AsyncIterator[bytes]:
        fields = RequestDocument.__struct_fields__
        yield csv_of([fields])
        async for found in self.show_requests.stream(which):
            documents = [RequestDocument.of(one, is_priced=is_priced) for one in found]
            yield csv_of([[getattr(one, name) for name in fields] for one in documents])
