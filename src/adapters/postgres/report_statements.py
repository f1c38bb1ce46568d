"""
The statements of usage reports: which sums of which rows (`usage_sums`), in groups.

Each is kept for the next selection of its shape.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Any, Self

import attrs
import sqlalchemy as sa

from adapters.postgres.paging import paged
from adapters.postgres.statements import fields_of
from adapters.postgres.tables.usage import usage_records
from adapters.postgres.time_buckets import (
    DAY,
    HOUR,
    QUARTER,
    began,
    day_number,
    month_slot,
    number_of,
    offsets_of,
)
from adapters.postgres.usage_sums import Shape, summed, which
from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.reports import Grouping, Selection
from aldea_core.domain.billing.usage import UsageRecord
from aldea_core.domain.pages import Page


_EVER = datetime.min.replace(tzinfo=UTC)
_KEPT = 100  # of about 100 kB each; pages and usual reports have some dozens of shapes
_RECORDS = usage_records.c


@attrs.frozen
class Times:
    """
    How the database groups by time.

    Attributes:
        unit: The longest UTC time bucket, in seconds, that lies in one group as a whole: what
            sessions may be added up by beforehand.
        seconds: The length of the buckets that are read.
        named_in: The zone by whose clocks the buckets begin.
        offsets: Of the zone, if the buckets are its days; else they are those of UTC.
    """

    unit: int
    seconds: int = DAY
    named_in: tzinfo = UTC
    offsets: tuple[tuple[datetime, int], ...] = ()

    @classmethod
    def of(cls, grouping: Grouping | None, selection: Selection, zone: tzinfo) -> Self:
        if grouping is None or not grouping.is_time:
            return cls(DAY)
        offsets = offsets_of(zone, selection.since, selection.until)
        longest = next(
            length
            for length in (DAY, HOUR, QUARTER, 1)
            if not any(ahead % length for _, ahead in offsets)
        )
        if grouping is Grouping.HOUR:
            unit = min(longest, HOUR)
            return cls(unit, unit, zone)
        # The first one holds from the beginning, whenever that is: so it is the same tomorrow.
        return cls(longest, offsets=((_EVER, offsets[0][1]), *offsets[1:]))

    def number(self, at: sa.ColumnElement[datetime]) -> sa.ColumnElement[int]:
        return day_number(at, self.offsets) if self.offsets else number_of(at, self.seconds)

    def began(self, number: int) -> datetime:
        """When bucket *number* began, by the clocks of `named_in`."""
        return began(number, self.seconds)


def _month_of(rows: sa.Subquery, only: Month | None) -> sa.ColumnElement[int]:
    """The number of the month in UTC, computed for each row only if there are several."""
    if only is not None:
        return sa.literal_column(str(only.year * 12 + only.number - 1), sa.Integer)
    return month_slot(rows.c.started)


def _model_of(rows: sa.Subquery, models: Collection[str] | None) -> sa.ColumnElement[str]:
    """The model, or "" for those that are none of *models*."""
    if models is None:
        return rows.c.model
    if not models:
        return sa.literal_column("''", sa.String)
    return sa.case((rows.c.model.in_(sorted(models)), rows.c.model), else_=sa.literal_column("''"))


@lru_cache(_KEPT)
def totals_query(shape: Shape) -> sa.Select[Any]:
    return sa.select(*_totals(summed(shape)))


@lru_cache(_KEPT)
def cells_query(
    shape: Shape,
    by: Sequence[Grouping],
    times: Times,
    month: Month | None,
    models: Collection[str] | None,
) -> sa.Select[Any]:
    rows = summed(shape, with_tags=Grouping.TAG in by)
    named = [_column(rows, one, times).label(f"name{n}") for n, one in enumerate(by)]
    priced = (_month_of(rows, month).label("month"), _model_of(rows, models).label("priced"))
    return (
        sa.select(*named, *priced, *_totals(rows))
        .group_by(*(sa.text(one.name) for one in (*named, *priced)))
        .having(_HAS_SESSIONS)
    )


@lru_cache(_KEPT)
def page_query(shape: Shape, *, is_after: bool, newest_first: bool) -> sa.Select[Any]:
    started = sa.bindparam("after_started", type_=_RECORDS.started.type)
    session = sa.bindparam("after_session", type_=_RECORDS.session.type)
    page = Page(after=(started, session) if is_after else None, newest_first=newest_first)
    query = sa.select(*fields_of(usage_records, UsageRecord)).where(which(shape))
    return (
        paged(query, page, _RECORDS.started, _RECORDS.session)
        .offset(sa.bindparam("skip", type_=sa.Integer))
        .limit(sa.bindparam("limit", type_=sa.Integer))
    )


def _column(rows: sa.Subquery, by: Grouping, times: Times) -> sa.ColumnElement[Any]:
    if by.is_time:
        return times.number(rows.c.started)
    if by is Grouping.TAG:
        return rows.c.tags
    return rows.c[by.value]


_HAS_SESSIONS = sa.text("sum(sessions) > 0")


def _totals(rows: sa.Subquery) -> Sequence[Any]:
    def added(value: sa.ColumnElement[int], name: str) -> sa.ColumnElement[int]:
        # PostgreSQL adds up to numerics, which take several times as long to read as integers.
        return sa.cast(sa.func.coalesce(sa.func.sum(value), 0), sa.BigInteger).label(name)

    def audio_of(kind: SessionKind) -> sa.ColumnElement[int]:
        return sa.case((rows.c.kind == kind.value, rows.c.audio_ms), else_=0)

    return (
        added(rows.c.sessions, "sessions"),
        added(sa.case((rows.c.is_silent, rows.c.sessions), else_=0), "failed"),
        added(audio_of(SessionKind.LIVE), "live_ms"),
        added(audio_of(SessionKind.FILE), "file_ms"),
    )
