"""What all tables share: names of constraints, and the types of times and ids."""

from datetime import UTC, datetime
from typing import Any, final

import sqlalchemy as sa

from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from typing_extensions import override


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    },
)


@final
class Moment(TypeDecorator[datetime]):
    """A time in UTC. SQLite does not store the time zone, so it is added when reading."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


# SQLite generates ids for plain INTEGER keys only.
BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
