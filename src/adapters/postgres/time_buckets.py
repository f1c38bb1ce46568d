"""
Slots of time as numbers, so that the database adds up and we say what is a day.

All zones' clocks differ from UTC by whole quarters of an hour today, so days and hours of every
zone are whole slots of a quarter; months of UTC are whole days.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction


QUARTER = 900
HOUR = 3600
DAY = 86_400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class slot(GenericFunction[int]):  # noqa: N801 (functions of SQL are written small)
    """`slot(moment, seconds)`: how many slots of that length had passed since 1970."""

    type = sa.BigInteger()
    inherit_cache = True


@compiles(slot, "postgresql")
def _postgresql(element: Any, compiler: Any, **more: Any) -> str:
    moment, seconds = (compiler.process(clause, **more) for clause in element.clauses)
    # Floats hold microseconds since 1970 exactly, and are faster than numerics.
    epoch = f"CAST(extract(epoch FROM {moment}) AS double precision)"
    return f"CAST(floor({epoch} / {seconds}) AS bigint)"


@compiles(slot, "sqlite")
def _sqlite(element: Any, compiler: Any, **more: Any) -> str:
    moment, seconds = (compiler.process(clause, **more) for clause in element.clauses)
    # Without its fraction, which SQLite would round: a day's last half millisecond is in that day.
    return f"(CAST(strftime('%s', substr({moment}, 1, 19)) AS INTEGER) / {seconds})"


def began(number: int, seconds: int) -> datetime:
    """When slot *number* began."""
    return _EPOCH + timedelta(seconds=number * seconds)
