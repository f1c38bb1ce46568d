"""Usage reports: the database adds up, and only the sums are read."""

import itertools
import json

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, timedelta, tzinfo
from typing import Any, final

import attrs
import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from adapters.postgres.engine import transaction
from adapters.postgres.rows import usage_of
from adapters.postgres.tables.usage import usage_records
from adapters.postgres.tags import has_tag, text_of
from adapters.postgres.time_buckets import (
    DAY,
    HOUR,
    QUARTER,
    began,
    month_of,
    month_slot,
    slot,
)
from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.reports import (
    Cell,
    Group,
    Grouping,
    PageEnd,
    Selection,
    Totals,
    added_up,
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
_NAMES: dict[Grouping, sa.ColumnElement[Any]] = {
    Grouping.KEY: _RECORDS.key,
    Grouping.KIND: _RECORDS.kind,
    Grouping.MODEL: _RECORDS.model,
    Grouping.STATUS: _RECORDS.status,
    Grouping.REASON: _RECORDS.reason,
    Grouping.TAG: text_of(_RECORDS.tags),
}


def _audio_of(kind: SessionKind) -> sa.ColumnElement[int]:
    own = sa.case((_RECORDS.kind == kind.value, _RECORDS.audio_ms), else_=0)
    return sa.func.coalesce(sa.func.sum(own), 0)


_FAILED = sa.func.coalesce(sa.func.sum(sa.case((_RECORDS.audio_ms == 0, 1), else_=0)), 0).label(
    "failed"
)
_AUDIO = sa.func.coalesce(sa.func.sum(_RECORDS.audio_ms), 0).label("audio_ms")
_TOTALS = (
    sa.func.count().label("sessions"),
    _FAILED,
    _audio_of(SessionKind.LIVE).label("live_ms"),
    _audio_of(SessionKind.FILE).label("file_ms"),
)


@final
@attrs.frozen
class SqlUsageReports(UsageReports):
    engine: AsyncEngine

    @override
    async def totals(self, selection: Selection) -> Totals:
        query = sa.select(*_TOTALS).select_from(usage_records).where(_which(selection))
        async with transaction(self.engine) as connection:
            return _totals_of((await connection.execute(query)).one())

    @override
    async def groups(
        self, selection: Selection, grouping: Grouping, *, zone: tzinfo = UTC
    ) -> Sequence[Group]:
        seconds = _slot_of(grouping, zone)
        name = (
            slot(_RECORDS.started, sa.literal_column(str(seconds)))
            if grouping.is_time
            else _NAMES[grouping]
        )
        query = sa.select(name.label("name"), *_TOTALS).where(_which(selection)).group_by(name)
        async with transaction(self.engine) as connection:
            rows = (await connection.execute(query)).all()
        if grouping.is_time:
            times = [(began(row.name, seconds), _totals_of(row)) for row in rows]
            return in_time(times, grouping, zone)
        if grouping is Grouping.TAG:
            return by_tag((json.loads(row.name), _totals_of(row)) for row in rows)
        return sorted(
            (Group(str(row.name), _totals_of(row)) for row in rows),
            key=lambda group: group.name,
        )

    @override
    async def cells(
        self, selection: Selection, by: Sequence[Grouping] = (), *, zone: tzinfo = UTC
    ) -> Sequence[Cell]:
        time = next((one for one in by if one.is_time), None)
        seconds = 0 if time is None else _slot_of(time, zone)
        columns = [
            slot(_RECORDS.started, sa.literal_column(str(seconds))) if one.is_time else _NAMES[one]
            for one in by
        ]
        month = _months_of(selection)
        named = [column.label(f"name{n}") for n, column in enumerate(columns)]
        split = (*named, month.label("month"), _RECORDS.kind, _RECORDS.model)
        query = (
            sa.select(*split, sa.func.count().label("sessions"), _FAILED, _AUDIO)
            .where(_which(selection))
            .group_by(*named, sa.text("month"), _RECORDS.kind, _RECORDS.model)
        )
        async with transaction(self.engine) as connection:
            rows: Sequence[Any] = (await connection.execute(query)).all()

        def names(row: Any) -> Iterator[tuple[str, ...]]:
            return itertools.product(
                *(_names(value, one, seconds, zone) for value, one in zip(row, by, strict=False))
            )

        return added_up(
            Cell(name, month_of(row.month), SessionKind(row.kind), row.model, _of_kind(row))
            for row in rows
            for name in names(row)
        )

    @override
    async def page(
        self,
        selection: Selection,
        *,
        after: PageEnd | None = None,
        skip: int = 0,
        limit: int = 100,
    ) -> Sequence[UsageRecord]:
        which = _which(selection)
        if after is not None:
            place = (after.started, after.session)
            which &= sa.tuple_(_RECORDS.started, _RECORDS.session) < place
        query = (
            usage_records.select()
            .where(which)
            .order_by(_RECORDS.started.desc(), _RECORDS.session.desc())
            .offset(skip)
            .limit(limit)
        )
        async with transaction(self.engine) as connection:
            return [usage_of(row) for row in (await connection.execute(query)).mappings()]

    @override
    async def session(self, org: OrgId, session: SessionId) -> UsageRecord | None:
        mine = (_RECORDS.org == org) & (_RECORDS.session == session)
        async with transaction(self.engine) as connection:
            row = (await connection.execute(usage_records.select().where(mine))).mappings().first()
            return None if row is None else usage_of(row)

    @override
    async def stream(self, selection: Selection) -> AsyncIterator[Sequence[UsageRecord]]:
        # Page by page, so that no transaction stays open while a client reads.
        after: PageEnd | None = None
        while found := await self.page(selection, after=after, limit=_BATCH):
            yield found
            after = PageEnd.of(found[-1])


def _slot_of(grouping: Grouping, zone: tzinfo) -> int:
    """The longest time bucket, in seconds, that lies in one group as a whole."""
    if str(zone) != "UTC":
        return QUARTER
    return HOUR if grouping is Grouping.HOUR else DAY


def _months_of(selection: Selection) -> sa.ColumnElement[int]:
    """The number of the month in UTC, computed for each record only if there are several."""
    first, last = Month.of(selection.since), Month.of(selection.until - _MOMENT)
    if last <= first:
        return sa.literal_column(str(first.year * 12 + first.number - 1), sa.Integer)
    return month_slot(_RECORDS.started)


def _names(value: Any, by: Grouping, seconds: int, zone: tzinfo) -> Sequence[str]:
    """The names of the groups that a row is in, by the *value* of the grouping's column."""
    if by is Grouping.TAG:
        return sorted(set(json.loads(value)) or {""})
    return [time_name(began(value, seconds), by, zone) if by.is_time else str(value)]


def _of_kind(row: Any) -> Totals:
    audio_ms, is_live = int(row.audio_ms), row.kind == SessionKind.LIVE.value
    live = audio_ms if is_live else 0
    return Totals(row.sessions, int(row.failed), audio_ms, live, audio_ms - live)


def _which(selection: Selection) -> sa.ColumnElement[bool]:
    conditions = [
        _RECORDS.org == selection.org,
        _RECORDS.started >= selection.since,
        _RECORDS.started < selection.until,
    ]
    if selection.kind is not None:
        conditions.append(_RECORDS.kind == selection.kind.value)
    if selection.key is not None:
        conditions.append(_RECORDS.key == selection.key)
    if selection.status is not None:
        conditions.append(_RECORDS.status == selection.status)
    if selection.model is not None:
        conditions.append(_RECORDS.model == selection.model)
    if selection.failed is not None:
        silent = _RECORDS.audio_ms == 0
        conditions.append(silent if selection.failed else ~silent)
    if selection.tag is not None:
        conditions.append(has_tag(_RECORDS.tags, selection.tag))
    if selection.session is not None:
        conditions.append(_RECORDS.session == selection.session)
    if selection.reason is not None:
        conditions.append(_RECORDS.reason == selection.reason)
    if selection.prefix:
        begins = sa.func.substr(_RECORDS.session, 1, len(selection.prefix))
        conditions.append(begins == selection.prefix)
    return sa.and_(*conditions)


def _totals_of(row: sa.Row[Any]) -> Totals:
    live, file = int(row.live_ms), int(row.file_ms)
    return Totals(row.sessions, int(row.failed), live + file, live, file)
