"""Usage reports: the database adds up (`report_statements`), and only the sums are read."""

import itertools
import json

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from datetime import UTC, timedelta, tzinfo
from typing import Any, Final, final

import attrs
import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from adapters.postgres.engine import reading
from adapters.postgres.report_statements import (
    Times,
    cells_query,
    page_query,
    totals_query,
)
from adapters.postgres.statements import fields_of, find_all, find_first
from adapters.postgres.tables.usage import usage_records
from adapters.postgres.time_buckets import DAY, month_of
from adapters.postgres.usage_sums import shape_of
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.reports import (
    Cell,
    Grouping,
    Selection,
    Totals,
    time_name,
)
from aldea_core.domain.billing.usage import UsageRecord
from aldea_core.domain.ids import OrgId, SessionId
from aldea_core.domain.pages import NEWEST_FIRST, Page, TimePlace
from aldea_core.ports.reports import UsageReports


_ALL = 2**31 - 1  # the largest limit that the driver takes
_BATCH = 1000
_MICROSECOND = timedelta(microseconds=1)
_RECORDS = usage_records.c


@final
@attrs.frozen
class SqlUsageReports(UsageReports):
    engine: AsyncEngine

    @override
    async def totals(self, selection: Selection) -> Totals:
        shape, values = shape_of(selection, DAY)
        async with reading(self.engine) as connection:
            found: Any = (await connection.execute(totals_query(shape), values)).one()
            return _totals_of(found)

    @override
    async def cells(
        self,
        selection: Selection,
        by: Sequence[Grouping] = (),
        *,
        zone: tzinfo = UTC,
        models: Collection[str] | None = None,
    ) -> Sequence[Cell]:
        times = Times.of(next((one for one in by if one.is_time), None), selection, zone)
        shape, values = shape_of(selection, times.unit)
        kept = None if models is None else frozenset(models)
        query = cells_query(shape, tuple(by), times, _only_month(selection), kept)
        async with reading(self.engine) as connection:
            found: Sequence[Any] = (await connection.execute(query, values)).all()
        return _cells(found, by, times)

    @override
    async def page(
        self, selection: Selection, page: Page[TimePlace] = NEWEST_FIRST
    ) -> Sequence[UsageRecord]:
        shape, values = shape_of(selection)
        values |= {"skip": page.skip, "limit": _ALL if page.limit is None else page.limit}
        if page.after is not None:
            values |= dict(zip(("after_started", "after_session"), page.after, strict=True))
        query = page_query(shape, is_after=page.after is not None, newest_first=page.newest_first)
        return await find_all(self.engine, query, UsageRecord, values)

    @override
    async def session(self, org: OrgId, session: SessionId) -> UsageRecord | None:
        mine = (_RECORDS.org == org) & (_RECORDS.session == session)
        return await find_first(
            self.engine, sa.select(*fields_of(usage_records, UsageRecord)).where(mine), UsageRecord
        )

    @override
    async def stream(self, selection: Selection) -> AsyncIterator[Sequence[UsageRecord]]:
        # Page by page, so that no transaction stays open while a client reads.
        page: Page[TimePlace] = Page(_BATCH, newest_first=True)
        while found := await self.page(selection, page):
            yield found
            page = attrs.evolve(page, after=found[-1].place)


def _only_month(selection: Selection) -> Month | None:
    """The month in UTC in which the whole selection lies."""
    first, last = Month.of(selection.since), Month.of(selection.until - _MICROSECOND)
    return first if last <= first else None


def _cells(found: Iterable[Iterable[Any]], by: Sequence[Grouping], times: Times) -> Sequence[Cell]:
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

    def __init__(self, by: Grouping, times: Times) -> None:
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


def _totals_of(row: sa.Row[Any]) -> Totals:
    live, file = int(row.live_ms), int(row.file_ms)
    return Totals(int(row.sessions), int(row.failed), live + file, live, file)
