"""Usage by time, key, kind, model, tag, status or reason, or by two of them, and what it costs."""

from datetime import timedelta
from typing import Annotated

import attrs

from msgspec import Meta

from aldea_core.domain.billing.money import in_digits
from aldea_core.domain.billing.reports import Grouping, time_zone
from aldea_core.ports.clock import Clock
from aldea_core.ports.transaction import Transaction
from aldea_core.use_cases.billing.show_groups import CostedGroup, ShowGroups
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.problems import invalid
from entrypoints.backend.pipeline.routes import Document, Operation, Resource, for_members
from entrypoints.backend.pipeline.texts import GROUPED_BY, Moment
from entrypoints.backend.resources.money_documents import sees_money
from entrypoints.backend.resources.usage import TotalsDocument, Which


# Hourly totals are for some weeks, not for years.
_LONGEST_SPAN = {Grouping.HOUR: timedelta(days=100)}
_LONGEST_SPAN_OF_OTHERS = timedelta(days=1100)
_MOST = 2
CostText = Annotated[
    str | None,
    Meta(
        description="In the currency's unit, to four digits: 0.0024. Before the plan's fee and what "
        "that includes. Null for prices in several currencies, and for API keys without the "
        "scope `billing:read`."
    ),
]


class WhichGroups(Which, frozen=True, kw_only=True):
    by: Annotated[
        str,
        Meta(
            max_length=40,
            pattern=GROUPED_BY,
            description="One grouping, or two separated by a comma: day,key.",
        ),
    ] = "day"

    def groupings(self) -> list[Grouping]:
        """
        Raises:
            ProblemError: Both are the same, or by time.
        """
        by = [Grouping(name) for name in self.by.split(",")]
        if len(set(by)) < len(by) or sum(one.is_time for one in by) == _MOST:
            raise invalid("by", "Must be two different groupings, of which one is by time.")
        return by


class GroupDocument(Document, frozen=True, kw_only=True):
    """Usage of a group. If there are two groupings, `groups` has the groups within it."""

    name: Annotated[
        str,
        Meta(
            description="A day, a week's Monday, a month as 2026-11, an hour's beginning, a key's "
            "id, and so on."
        ),
    ]
    label: Annotated[str, Meta(description="The name of a key; else empty.")]
    totals: TotalsDocument
    cost: CostText
    groups: "list[GroupDocument] | None"


class GroupList(Document, frozen=True, kw_only=True):
    since_at: Moment
    until_at: Moment
    by: str
    zone: str
    currency: Annotated[str, Meta(description="Of all costs; empty if there are several.")]
    items: list[GroupDocument]
    totals: TotalsDocument
    cost: CostText


@attrs.frozen
class UsageGroupRoutes(Resource):
    TAG = "Usage"

    show_groups: ShowGroups
    transaction: Transaction
    clock: Clock

    @Operation(
        "GET",
        "/v1/orgs/{org}/usage/groups",
        for_members("usage:read"),
        "Usage by one or two of hour, day, week, month, key, kind, model, status, reason, tag",
        query=WhichGroups,
        about="The groups add up to the totals, and the totals to what is billed. "
        "By tag they do not: a request counts with each of its tags, "
        "and under no name if it has none. Times without usage have groups too.",
    )
    async def get_usage_groups(self, call: Call) -> GroupList:
        query = call.query(WhichGroups)
        by = query.groupings()
        which = query.of(call.org.id, self.clock.now())
        for one in by:
            longest = _LONGEST_SPAN.get(one, _LONGEST_SPAN_OF_OTHERS)
            if one.is_time and which.until - which.since > longest:
                raise invalid("until", f"By {one}, at most {longest.days} days at once.")
        zone = time_zone(query.zone)
        async with self.transaction.reading():
            table = await self.show_groups(which, by, zone=zone)
        whole = CostedGroup("", "", table.totals, table.cost, table.groups)
        shown = _shown(whole, is_priced=sees_money(call))
        return GroupList(
            since_at=which.since,
            until_at=which.until,
            by=query.by,
            zone=query.zone,
            currency=table.currency,
            items=shown.groups or [],
            totals=shown.totals,
            cost=shown.cost,
        )


def _shown(group: CostedGroup, *, is_priced: bool) -> GroupDocument:
    return GroupDocument(
        name=group.name,
        label=group.label,
        totals=TotalsDocument.of(group.totals),
        cost=in_digits(group.cost) if is_priced and group.cost is not None else None,
        groups=None
        if group.groups is None
        else [_shown(one, is_priced=is_priced) for one in group.groups],
    )
