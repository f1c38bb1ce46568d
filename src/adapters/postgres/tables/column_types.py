"""
The types of columns: they convert values of the domain, so that a row holds them as they are.

Those that lists of thousands of rows have convert what they read by a `result_processor`, which
SQLAlchemy calls once for each value; around a `process_result_value` it adds a call of its own.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeAlias, final

import sqlalchemy as sa

from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from typing_extensions import override

from aldea_core.domain.billing.months import Month


_Processor: TypeAlias = Callable[[Any], Any]

# SQLite generates ids for plain INTEGER keys only.
BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


@final
class Moment(TypeDecorator[datetime]):
    """A time in UTC. SQLite does not store the time zone, so it is added when reading."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    @override
    def result_processor(self, dialect: Dialect, coltype: object) -> _Processor:
        read = self.impl_instance.result_processor(dialect, coltype)
        return _in_utc if read is None else lambda value: _in_utc(read(value))


@final
class MonthText(TypeDecorator[Month]):
    """A month, stored as `2026-10`."""

    impl = sa.String(7)
    cache_ok = True

    @override
    def process_bind_param(self, value: Month | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> Month | None:
        return None if value is None else Month.parse(value)


@final
class Exact(TypeDecorator[Decimal]):
    """A decimal stored as its digits: SQLite only has floats."""

    impl = sa.String(40)
    cache_ok = True

    @override
    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        return None if value is None else f"{value:f}"

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


@final
class Member(TypeDecorator[StrEnum]):
    """
    A member of an enumeration, stored as its text.

    Args:
        length: Of the longest text that the column takes.
    """

    impl = sa.String
    cache_ok = True

    def __init__(self, kind: type[StrEnum], length: int) -> None:
        super().__init__(length)
        self.kind = kind

    @override
    def result_processor(self, dialect: Dialect, coltype: object) -> _Processor:
        members: dict[str | None, StrEnum | None] = {member.value: member for member in self.kind}
        return {**members, None: None}.__getitem__


@final
class JsonTuple(TypeDecorator[tuple[Any, ...]]):
    """A tuple, stored as a list of JSON."""

    impl = sa.JSON(none_as_null=True)
    cache_ok = True

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[Any, ...] | None:
        return None if value is None else tuple(value)


def _in_utc(value: datetime | None) -> datetime | None:
    return value if value is None or value.tzinfo is UTC else value.replace(tzinfo=UTC)
