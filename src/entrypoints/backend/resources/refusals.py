"""Refused sessions: which limit refused which key, and how often."""

from collections.abc import Sequence
from datetime import UTC
from typing import Annotated

import attrs

from msgspec import Meta

from aldea_core.domain.billing.months import Month
from aldea_core.ports.clock import Clock
from aldea_core.ports.refusals import RefusalLedger
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.problems import invalid
from entrypoints.backend.pipeline.routes import Document, Route, Wanted, members
from entrypoints.backend.pipeline.texts import Moment


class WhichRefusals(Wanted, frozen=True, kw_only=True):
    """Refusals from the day (UTC) of *since* to the day of *until*."""

    since: Annotated[Moment | None, Meta(description="Else the beginning of this month.")] = None
    until: Annotated[Moment | None, Meta(description="Else now.")] = None


class RefusalsDocument(Document, frozen=True, kw_only=True):
    """How often a limit refused a key on a day."""

    day: Annotated[str, Meta(description="As 2026-10-31, in UTC.")]
    key: str
    reason: Annotated[str, Meta(description="The limit: quota, spending_cap, concurrent_live, …")]
    count: int


class RefusalList(Document, frozen=True, kw_only=True):
    items: list[RefusalsDocument]
    total: int


@attrs.frozen
class RefusalRoutes:
    refusals: RefusalLedger
    clock: Clock

    async def get_refusals(self, call: Call) -> RefusalList:
        query, now = call.query(WhichRefusals), self.clock.now()
        since, until = query.since or Month.of(now).begins, query.until or now
        if since > until:
            raise invalid("until", "Must not be before since.")
        found = await self.refusals.refusals(
            call.org.id, since=since.astimezone(UTC).date(), until=until.astimezone(UTC).date()
        )
        items = [
            RefusalsDocument(
                day=each.day.isoformat(), key=each.key, reason=each.reason, count=each.count
            )
            for each in found
        ]
        return RefusalList(items=items, total=sum(each.count for each in found))

    def routes(self) -> Sequence[Route]:
        return (
            Route(
                "GET",
                "/v1/orgs/{org}/usage/refusals",
                self.get_refusals,
                members("usage:read"),
                "Usage",
                "Refusals by day, key and limit",
                query=WhichRefusals,
                answer=RefusalList,
                about="What limits refused; those are no requests, and cost nothing. "
                "A count is here within half a minute.",
            ),
        )
