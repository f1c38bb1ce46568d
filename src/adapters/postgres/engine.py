"""Connecting to the database, and keeping its errors at this folder's edge."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar

import sqlalchemy as sa

from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from adapters.postgres import sqlite
from adapters.postgres.reasons import why
from aldea_core.domain.errors import AldeaError, Unavailable


_DRIVERS = {
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
    "sqlite": "sqlite+aiosqlite",
}


class BadDatabaseUrl(AldeaError):
    """The URL names no database we know; the text does not repeat it, since it may hold a password."""


def connect(url: str, *, statement_seconds: float | None = 30) -> AsyncEngine:
    """
    The engine for *url*; nothing is connected yet.

    Args:
        statement_seconds: How long one statement may take on PostgreSQL.

    Raises:
        BadDatabaseUrl: It is none of ours.
    """
    try:
        parsed = sa.make_url(url)
        parsed = parsed.set(drivername=_DRIVERS[parsed.drivername.partition("+")[0]])
    except (ArgumentError, KeyError):
        raise BadDatabaseUrl(
            "The database URL must be postgresql://USER:PASSWORD@HOST/NAME or sqlite:///FILE.",
        ) from None
    if parsed.get_backend_name() == "sqlite":
        return sqlite.new_engine(parsed)
    return create_async_engine(
        parsed,
        hide_parameters=True,  # or they would be in the words of errors
        pool_pre_ping=True,
        pool_size=10,
        connect_args={"timeout": 5, "command_timeout": statement_seconds},
    )


@contextmanager
def database_errors_as_ours() -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        raise Unavailable("database", why=why(error)) from error


# The connection of the transaction that a task is within; see `together`.
_AROUND: ContextVar[AsyncConnection | None] = ContextVar("around", default=None)


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """
    One transaction, committed at the end; within another one it is a part of that (a savepoint).

    Raises:
        Unavailable: The database does not answer; nothing was changed.
    """
    around = _AROUND.get()
    with database_errors_as_ours():
        if around is not None and around.engine is engine:
            async with around.begin_nested():
                yield around
            return
        async with engine.begin() as connection:
            yield connection


@asynccontextmanager
async def one_look(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """
    Several queries that see the database as it was at one moment, and hold nobody up.

    Raises:
        Unavailable: The database does not answer.
    """
    with database_errors_as_ours():
        async with engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                await connection.execution_options(
                    isolation_level="REPEATABLE READ",
                    postgresql_readonly=True,
                )
            yield connection


@asynccontextmanager
async def transaction_around(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """
    One transaction that all those within become part of; the one that there is, if there is one.

    Raises:
        Unavailable: The database does not answer; nothing was changed.
    """
    around = _AROUND.get()
    if around is not None and around.engine is engine:
        yield around
        return
    async with transaction(engine) as connection:
        outer = _AROUND.set(connection)
        try:
            yield connection
        finally:
            _AROUND.reset(outer)
