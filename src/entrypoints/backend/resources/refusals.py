"""Refused sessions: which limit refused which key, and how often."""

from datetime import UTC, date
from typing import Annotated

import attrs

from msgspec import Meta

from aldea_core.domain.billing.months import Month
from aldea_core.ports.clock import Clock
from aldea_core.ports.refusals import RefusalLedger
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.days import DayOrMoment, since_of
from entrypoints.backend.pipeline.problems import invalid
from entrypoints.backend.pipeline.routes import (
    Document,
    Operation,
    Resource,
    Wanted,
    for_members,
)


class WhichRefusals(Wanted, frozen=True, kw_only=True):
    """Refusals from the day (UTC) of *since* to the day of *until*."""

    since: Annotated[
        DayOrMoment | None, Meta(description="A time or a day; else the beginning of this month.")
    ] = None
    until: Annotated[DayOrMoment | None, Meta(description="A time or a day; else now.")] = None


class RefusalsDocument(Document, frozen=True, kw_only=True):
    """How often a limit refused a key on a day."""

    day: Annotated[date, Meta(description="In UTC.")]
    key_id: str
    reason: Annotated[str, Meta(description="The limit: quota, spending_cap, concurrent_live, …")]
    count: int


class RefusalList(Document, frozen=True, kw_only=True):
    items: list[RefusalsDocument]
    total: int


@attrs.frozen
class RefusalRoutes(Resource):
    TAG = "Usage"

    refusals: RefusalLedger
    clock: Clock

    @Operation(
        "GET",
        "/v1/orgs/{org}/usage/refusals",
        for_members("usage:read"),
        "Refusals by day, key and limit",
        query=WhichRefusals,
        about="What limits refused; those are no requests, and cost nothing. "
        "A count is here within half a minute.",
    )
    async def get_refusals(self, call: Call) -> RefusalList:
        query, now = call.query(WhichRefusals), self.clock.now()
        since = Month.of(now).begins if query.since is None else since_of(query.since, UTC)
        # A day begins: it is included, whatever the time of day.
        until = now if query.until is None else since_of(query.until, UTC, name="until")
        if since > until:
            raise invalid("until", "Must not be before since.")
        found = await self.refusals.refusals(call.org.id, since=since.date(), until=until.date())
        items = [
            RefusalsDocument(day=each.day, key_id=each.key, reason=each.reason, count=each.count)
            for each in found
        ]
        return RefusalList(items=items, total=sum(each.count for each in found))
