"""
Runs single statements, each by itself or within the transaction around it.

Rows become values by their columns: what makes the value gets each column as a keyword.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

import attrs
import sqlalchemy as sa

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.postgres.engine import reading, transaction


_T = TypeVar("_T")
_Query: TypeAlias = sa.Select[Any] | sa.CompoundSelect[Any]
_INSERTS: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def fields_of(table: sa.Table, kind: type[attrs.AttrsInstance]) -> list[sa.Column[Any]]:
    """The columns of *table* that hold the fields of *kind*."""
    return [table.c[field.name] for field in attrs.fields(kind)]


def values_of(rows: sa.CursorResult[Any], made: Callable[..., _T]) -> list[_T]:
    """What *made* makes of each row."""
    names = tuple(rows.keys())
    # Cheaper than a mapping of each row, which looks every name up.
    return [made(**dict(zip(names, row, strict=True))) for row in rows]


async def find_all(
    engine: AsyncEngine,
    query: _Query,
    made: Callable[..., _T],
    values: Mapping[str, Any] | None = None,
) -> list[_T]:
    """
    What *made* makes of each row.

    Args:
        values: The query's parameters.
    """
    async with reading(engine) as connection:
        return values_of(await connection.execute(query, values), made)


async def find_first(
    engine: AsyncEngine,
    query: _Query,
    made: Callable[..., _T],
    values: Mapping[str, Any] | None = None,
) -> _T | None:
    """As `find_all`, of the first row. None if there is none."""
    async with reading(engine) as connection:
        row = (await connection.execute(query, values)).mappings().first()
        return None if row is None else made(**row)


async def execute(
    engine: AsyncEngine, statement: sa.UpdateBase, rows: Sequence[Mapping[str, Any]] | None = None
) -> int:
    """Runs *statement*, once for each of *rows* if there are any. Returns how many rows it changed."""
    async with transaction(engine) as connection:
        return (await connection.execute(statement, rows)).rowcount


def insert_into(database: AsyncEngine | AsyncConnection, table: sa.Table) -> Any:
    """INSERT with ON CONFLICT, which SQLAlchemy has once per dialect."""
    return _INSERTS[database.dialect.name](table)


def put_into(
    database: AsyncEngine | AsyncConnection,
    table: sa.Table,
    row: Mapping[str, Any],
    by: Collection[str],
) -> Any:
    """The statement that inserts *row*, or changes the row that has the same values in *by*."""
    insert = insert_into(database, table).values(row)
    changed = {name: insert.excluded[name] for name in row if name not in by}
    return insert.on_conflict_do_update(index_elements=by, set_=changed)
