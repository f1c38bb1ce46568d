"""
Time buckets as numbers: the database adds up by bucket, and Python maps buckets to their names.

Days of a zone are counted by its own clocks: the database adds the zone's offset to each time, which
is one number, or a few where the offset changes. Offsets of all time zones from UTC are whole quarters
of an hour today, so hours of every zone are whole buckets of a quarter of an hour, and months in UTC
are whole buckets of a day.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

import sqlalchemy as sa

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from aldea_core.domain.billing.months import Month


QUARTER = 900
HOUR = 3600
DAY = 86_400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The last day whose times Python has in every zone.
_LAST = datetime(9999, 12, 30, tzinfo=UTC)


class slot(GenericFunction[int]):  # noqa: N801 (SQL functions are lower case)
    """
    `slot(moment, seconds, ahead)`: number of the time bucket of that length, counted from 1970 by
    clocks that are *ahead* of UTC by some seconds.
    """

    type = sa.BigInteger()
    inherit_cache = True


@compiles(slot, "postgresql")
def _postgresql(element: Any, compiler: Any, **more: Any) -> str:
    moment, seconds, ahead = (compiler.process(clause, **more) for clause in element.clauses)
    # Doubles hold microseconds since 1970 exactly, and are faster than the numerics of extract.
    epoch = f"date_part('epoch', {moment})"
    return f"CAST(floor(({epoch} + {ahead}) / {seconds}) AS bigint)"


@compiles(slot, "sqlite")
def _sqlite(element: Any, compiler: Any, **more: Any) -> str:
    moment, seconds, ahead = (compiler.process(clause, **more) for clause in element.clauses)
    # Without the fraction, which SQLite would round: the last half millisecond of a day is in that
    # day.
    epoch = f"CAST(strftime('%s', substr({moment}, 1, 19)) AS INTEGER)"
    return f"(({epoch} + {ahead}) / {seconds})"


def number_of(moment: sa.ColumnElement[datetime], seconds: int) -> sa.ColumnElement[int]:
    """The number of the time bucket of *moment*, in UTC."""
    return slot(moment, sa.literal_column(str(seconds)), sa.literal_column("0"))


def day_number(
    moment: sa.ColumnElement[datetime], offsets: Sequence[tuple[datetime, int]]
) -> sa.ColumnElement[int]:
    """The number of the day of *moment* in a zone with these `offsets_of` it."""
    numbers: list[sa.ColumnElement[int]] = [sa.literal_column(str(ahead)) for _, ahead in offsets]
    ahead: sa.ColumnElement[int] = numbers[-1]
    if len(offsets) > 1:
        begins = [since for since, _ in offsets[1:]]
        until = zip(begins, numbers, strict=False)
        ahead = sa.case(*((moment < at, number) for at, number in until), else_=ahead)
    return slot(moment, sa.literal_column(str(DAY)), ahead)


class month_slot(GenericFunction[int]):  # noqa: N801 (SQL functions are lower case)
    """`month_slot(moment)`: number of the month in UTC, counted from the year 0."""

    type = sa.Integer()
    inherit_cache = True


@compiles(month_slot, "postgresql")
def _month_postgresql(element: Any, compiler: Any, **more: Any) -> str:
    (moment,) = (compiler.process(clause, **more) for clause in element.clauses)
    utc = f"({moment} AT TIME ZONE 'UTC')"
    return f"CAST(date_part('year', {utc}) * 12 + date_part('month', {utc}) - 1 AS integer)"


@compiles(month_slot, "sqlite")
def _month_sqlite(element: Any, compiler: Any, **more: Any) -> str:
    (moment,) = (compiler.process(clause, **more) for clause in element.clauses)
    year, month = (f"CAST(substr({moment}, {at}) AS INTEGER)" for at in ("1, 4", "6, 2"))
    return f"({year} * 12 + {month} - 1)"


def month_of(number: int) -> Month:
    return Month(number // 12, number % 12 + 1)


def began(number: int, seconds: int) -> datetime:
    """The start of time bucket *number*."""
    return _EPOCH + timedelta(seconds=number * seconds)


def offsets_of(zone: tzinfo, since: datetime, until: datetime) -> list[tuple[datetime, int]]:
    """
    By how many seconds *zone* is ahead of UTC from *since* to *until*, and since when, in order of
    time: one offset, or several where it changes.
    """
    since, until = min(since, _LAST), min(until, _LAST)
    offsets = [(since, _ahead(zone, since))]
    at = until if isinstance(zone, timezone) else since  # the offset of a `timezone` never changes
    while at < until:
        before, at = at, min(at + timedelta(days=1), until)
        if _ahead(zone, at) != offsets[-1][1]:
            offsets.append((_change(zone, before, at), _ahead(zone, at)))
    return offsets


def _change(zone: tzinfo, before: datetime, after: datetime) -> datetime:
    """When the offset changes between the two times, to the second."""
    first, last = int(before.timestamp()), int(after.timestamp())
    known = _ahead(zone, before)
    while last - first > 1:
        middle = (first + last) // 2
        if _ahead(zone, datetime.fromtimestamp(middle, UTC)) == known:
            first = middle
        else:
            last = middle
    return datetime.fromtimestamp(last, UTC)


def _ahead(zone: tzinfo, at: datetime) -> int:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())
