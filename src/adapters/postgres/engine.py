"""Connecting to the database, and keeping its errors at this folder's edge."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any

import sqlalchemy as sa

from sqlalchemy.exc import ArgumentError, DisconnectionError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from adapters.postgres import sqlite
from adapters.postgres.error_texts import why
from aldea_core.domain.errors import AldeaError, Unavailable


_DRIVERS = {
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
    "sqlite": "sqlite+aiosqlite",
}


class BadDatabaseUrl(AldeaError):
    """The URL names no database we know; the text does not repeat it, since it may hold a password."""


# A frozen server takes connections and never answers: what waits for it ends within these, so that
# callers are told to come again.
_CONNECT_SECONDS = 3.0
_PING_SECONDS = 2.0
_POOL_SECONDS = 5.0


def connect(url: str, *, statement_seconds: float | None = 15) -> AsyncEngine:
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
    engine = create_async_engine(
        parsed,
        hide_parameters=True,  # or they would be in the words of errors
        pool_size=10,
        pool_timeout=_POOL_SECONDS,
        connect_args={"timeout": _CONNECT_SECONDS, "command_timeout": statement_seconds},
    )
    sa.event.listen(engine.sync_engine, "checkout", _ping)
    return engine


def _ping(connection: Any, *_: object) -> None:
    """
    Takes no connection out of the pool that does not answer. SQLAlchemy's own ping would wait as long
    as for a statement.

    Raises:
        DisconnectionError: The pool makes another connection.
    """
    try:
        connection.run_async(_ask)
    except Exception as error:  # whatever it is, it does not answer
        raise DisconnectionError from error


async def _ask(driver: Any) -> None:
    await driver.fetchrow(";", timeout=_PING_SECONDS)


@contextmanager
def database_errors_as_ours(engine: AsyncEngine | None = None) -> Iterator[None]:
    """
    Args:
        engine: Whose file is named, if it has one: SQLite does not say which disk is full.
    """
    try:
        yield
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        said = why(error)
        if engine is not None and engine.dialect.name == "sqlite" and engine.url.database:
            said = f"{engine.url.database}: {said}"
        raise Unavailable("database", why=said) from error


# The connection of the transaction that a task is within; see `transaction`.
_AROUND: ContextVar[AsyncConnection | None] = ContextVar("around", default=None)


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """
    One transaction, committed at the end; within another one it is a part of that (a savepoint).

    Raises:
        Unavailable: The database does not answer; nothing was changed.
    """
    around = _AROUND.get()
    with database_errors_as_ours(engine):
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
    with database_errors_as_ours(engine):
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
