"""INSERT … ON CONFLICT, which SQLAlchemy has once per dialect."""

from typing import Any

import sqlalchemy as sa

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection


_INSERTS: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def insert_into(connection: AsyncConnection, table: sa.Table) -> Any:
    return _INSERTS[connection.dialect.name](table)
