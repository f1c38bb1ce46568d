"""Usage reports: the database adds up, and only the sums are read. `usage_sums` has what it adds."""

import itertools
import json

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final, Self, final

import attrs
import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from adapters.postgres.engine import reading
from adapters.postgres.tables.usage import usage_records
from adapters.postgres.time_buckets import (
    DAY,
    HOUR,
    QUARTER,
    began,
    day_number,
    month_of,
    month_slot,
    number_of,
    offsets_of,
)
from adapters.postgres.usage_rows import usage_of
from adapters.postgres.usage_sums import summed, which
from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.reports import (
    Cell,
    Group,
    Grouping,
    PageEnd,
    Selection,
    Totals,
    by_tag,
    in_time,
    time_name,
)
from aldea_core.domain.billing.usage import UsageRecord
from aldea_core.domain.ids import OrgId, SessionId
from aldea_core.ports.reports import UsageReports


_BATCH = 1000
_MOMENT = timedelta(microseconds=1)
_RECORDS = usage_records.c


@final
@attrs.frozen
class SqlUsageReports(UsageReports):
    engine: AsyncEngine

    @override
    async def totals(self, selection: Selection) -> Totals:
        rows = summed(selection, DAY)
        query = sa.select(*_totals(rows))
        async with reading(self.engine) as connection:
            found: Any = (await connection.execute(query)).one()
            return _totals_of(found)

    @override
    async def groups(
        self, selection: Selection, grouping: Grouping, *, zone: tzinfo = UTC
    ) -> Sequence[Group]:
        times = _Times.of(grouping, selection, zone)
        rows = summed(selection, times.unit, with_tags=grouping is Grouping.TAG)
        name = _column(rows, grouping, times).label("name")
        query = sa.select(name, *_totals(rows)).group_by(sa.text("name")).having(_HAS_SESSIONS)
        async with reading(self.engine) as connection:
            found = (await connection.execute(query)).all()
        if grouping.is_time:
            used = [(times.began(row.name), _totals_of(row)) for row in found]
            return in_time(used, grouping, times.named_in)
        if grouping is Grouping.TAG:
            return by_tag((json.loads(row.name), _totals_of(row)) for row in found)
        return sorted(
            (Group(str(row.name), _totals_of(row)) for row in found),
            key=lambda group: group.name,
        )

    @override
    async def cells(
        self,
        selection: Selection,
        by: Sequence[Grouping] = (),
        *,
        zone: tzinfo = UTC,
        models: Collection[str] | None = None,
    ) -> Sequence[Cell]:
        times = _Times.of(next((one for one in by if one.is_time), None), selection, zone)
        rows = summed(selection, times.unit, with_tags=Grouping.TAG in by)
        named = [_column(rows, one, times).label(f"name{n}") for n, one in enumerate(by)]
        query = (
            sa.select(
                *named,
                _months_of(rows, selection).label("month"),
                _model_of(rows, models).label("priced"),
                *_totals(rows),
            )
            .group_by(*(sa.text(one.name) for one in named), sa.text("month"), sa.text("priced"))
            .having(_HAS_SESSIONS)
        )
        async with reading(self.engine) as connection:
            found: Sequence[Any] = (await connection.execute(query)).all()
        return _cells(found, by, times)

    @override
    async def page(
        self,
        selection: Selection,
        *,
        after: PageEnd | None = None,
        skip: int = 0,
        limit: int = 100,
    ) -> Sequence[UsageRecord]:
        chosen = which(selection)
        if after is not None:
            place = (after.started, after.session)
            chosen &= sa.tuple_(_RECORDS.started, _RECORDS.session) < place
        query = (
            usage_records.select()
            .where(chosen)
            .order_by(_RECORDS.started.desc(), _RECORDS.session.desc())
            .offset(skip)
            .limit(limit)
        )
        async with reading(self.engine) as connection:
            return [usage_of(row) for row in (await connection.execute(query)).mappings()]

    @override
    async def session(self, org: OrgId, session: SessionId) -> UsageRecord | None:
        mine = (_RECORDS.org == org) & (_RECORDS.session == session)
        async with reading(self.engine) as connection:
            row = (await connection.execute(usage_records.select().where(mine))).mappings().first()
            return None if row is None else usage_of(row)

    @override
    async def stream(self, selection: Selection) -> AsyncIterator[Sequence[UsageRecord]]:
        # Page by page, so that no transaction stays open while a client reads.
        after: PageEnd | None = None
        while found := await self.page(selection, after=after, limit=_BATCH):
            yield found
            after = PageEnd.of(found[-1])


@attrs.frozen
class _Times:
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
    offsets: Sequence[tuple[datetime, int]] = ()

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
        return cls(longest, offsets=offsets)

    def number(self, at: sa.ColumnElement[datetime]) -> sa.ColumnElement[int]:
        return day_number(at, self.offsets) if self.offsets else number_of(at, self.seconds)

    def began(self, number: int) -> datetime:
        """When bucket *number* began, by the clocks of `named_in`."""
        return began(number, self.seconds)


def _column(rows: sa.Subquery, by: Grouping, times: _Times) -> sa.ColumnElement[Any]:
    if by.is_time:
        return times.number(rows.c.started)
    if by is Grouping.TAG:
        return rows.c.tags
    return rows.c[by.value]


def _months_of(rows: sa.Subquery, selection: Selection) -> sa.ColumnElement[int]:
    """The number of the month in UTC, computed for each row only if there are several."""
    first, last = Month.of(selection.since), Month.of(selection.until - _MOMENT)
    if last <= first:
        return sa.literal_column(str(first.year * 12 + first.number - 1), sa.Integer)
    return month_slot(rows.c.started)


def _model_of(rows: sa.Subquery, models: Collection[str] | None) -> sa.ColumnElement[str]:
    """The model, or "" for those that are none of *models*."""
    if models is None:
        return rows.c.model
    if not models:
        return sa.literal_column("''", sa.String)
    return sa.case((rows.c.model.in_(sorted(models)), rows.c.model), else_=sa.literal_column("''"))


def _cells(found: Iterable[Iterable[Any]], by: Sequence[Grouping], times: _Times) -> Sequence[Cell]:
    """One cell for each combination of names, month and model; several rows may have the same."""
    known = [_Names(one, times) for one in by]
    sums: dict[tuple[tuple[str, ...], int, str], Totals] = {}
    for *values, month, model, sessions, failed, live_ms, file_ms in found:
        more = Totals(sessions, failed, live_ms + file_ms, live_ms, file_ms)
        for each in itertools.product(*map(_Names.__getitem__, known, values)):
            place = (each, month, model)
            before = sums.get(place)
            sums[place] = more if before is None else before + more
    months = {month: month_of(month) for _, month, _ in sums}
    return [
        Cell(each, months[month], model, sums[each, month, model])
        for each, month, model in sorted(sums)
    ]


class _Names(dict[Any, Sequence[str]]):
    """
    The names of the groups that a row is in, by the value of the grouping's column. What tens of
    thousands of rows have in common is made once.
    """

    def __init__(self, by: Grouping, times: _Times) -> None:
        self._by: Final = by
        self._times: Final = times

    def __missing__(self, value: Any) -> Sequence[str]:
        self[value] = names = self._of(value)
        return names

    def _of(self, value: Any) -> Sequence[str]:
        if self._by is Grouping.TAG:
            return sorted(set(json.loads(value)) or {""})
        if not self._by.is_time:
            return [str(value)]
        return [time_name(self._times.began(value), self._by, self._times.named_in)]


_HAS_SESSIONS = sa.text("sum(sessions) > 0")


def _totals(rows: sa.Subquery) -> tuple[sa.ColumnElement[int], ...]:
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


def _totals_of(row: sa.Row[Any]) -> Totals:
    live, file = int(row.live_ms), int(row.file_ms)
    return Totals(int(row.sessions), int(row.failed), live + file, live, file)
