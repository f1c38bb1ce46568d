"""
Time buckets as numbers: the database adds up by bucket, and Python maps buckets to days.

Offsets of all time zones from UTC are whole quarters of an hour today. Days and hours of every zone
are therefore whole buckets of a quarter of an hour, and months in UTC are whole buckets of a day.
"""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import sqlalchemy as sa

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from aldea_core.domain.billing.months import Month


QUARTER = 900
HOUR = 3600
DAY = 86_400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class slot(GenericFunction[int]):  # noqa: N801 (SQL functions are lower case)
    """`slot(moment, seconds)`: number of the time bucket of that length, counted from 1970."""

    type = sa.BigInteger()
    inherit_cache = True


@compiles(slot, "postgresql")
def _postgresql(element: Any, compiler: Any, **more: Any) -> str:
    moment, seconds = (compiler.process(clause, **more) for clause in element.clauses)
    # Doubles hold microseconds since 1970 exactly, and are faster than numerics.
    epoch = f"CAST(extract(epoch FROM {moment}) AS double precision)"
    return f"CAST(floor({epoch} / {seconds}) AS bigint)"


@compiles(slot, "sqlite")
def _sqlite(element: Any, compiler: Any, **more: Any) -> str:
    moment, seconds = (compiler.process(clause, **more) for clause in element.clauses)
    # Without the fraction, which SQLite would round: the last half millisecond of a day is in that
    # day.
    return f"(CAST(strftime('%s', substr({moment}, 1, 19)) AS INTEGER) / {seconds})"


class month_slot(GenericFunction[int]):  # noqa: N801 (SQL functions are lower case)
    """`month_slot(moment)`: number of the month in UTC, counted from the year 0."""

    type = sa.Integer()
    inherit_cache = True


@compiles(month_slot, "postgresql")
def _month_postgresql(element: Any, compiler: Any, **more: Any) -> str:
    (moment,) = (compiler.process(clause, **more) for clause in element.clauses)
    utc = f"({moment} AT TIME ZONE 'UTC')"
    return f"CAST(extract(year FROM {utc}) * 12 + extract(month FROM {utc}) - 1 AS integer)"


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


def has_whole_hours(zone: tzinfo, since: datetime, until: datetime) -> bool:
    """Whether *zone* is whole hours from UTC between the two times, as its hours begin with UTC's."""
    days = (since + timedelta(days=day) for day in range((until - since).days + 1))
    offsets = {at.astimezone(zone).utcoffset() for at in (*days, until)}
    return all(offset is not None and not offset % timedelta(hours=1) for offset in offsets)
