"""Connects to the database, runs transactions, and translates errors into `Unavailable`."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any, TypeAlias

import sqlalchemy as sa

from sqlalchemy.exc import ArgumentError, DisconnectionError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from adapters.postgres.error_texts import READ_ONLY, why
from aldea_core.domain.errors import AldeaError, Unavailable


_DRIVERS = {
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
    "sqlite": "sqlite+aiosqlite",
}

# What factories pass on, who know no SQL.
Database: TypeAlias = AsyncEngine


class BadDatabaseUrl(AldeaError):
    """
    The URL is not a supported database URL. The text does not repeat the URL, which may hold a
    password.
    """


# A frozen server accepts connections and never answers. Requests that wait for one fail within
# these limits, so that clients are asked to retry.
_CONNECT_SECONDS = 3.0
_PING_SECONDS = 2.0
_POOL_SECONDS = 5.0


def connect(url: str, *, statement_seconds: float | None = 15) -> AsyncEngine:
    """
    Creates the engine for *url*, without connecting yet.

    Args:
        statement_seconds: Timeout of one statement on PostgreSQL.

    Raises:
        BadDatabaseUrl: *url* is malformed, or of another kind of database.
    """
    try:
        parsed = sa.make_url(url)
        parsed = parsed.set(drivername=_DRIVERS[parsed.drivername.partition("+")[0]])
    except (ArgumentError, KeyError):
        raise BadDatabaseUrl(
            "The database URL must be postgresql://USER:PASSWORD@HOST/NAME or sqlite:///FILE.",
        ) from None
    if parsed.get_backend_name() == "sqlite":
        from adapters.postgres import sqlite  # noqa: PLC0415 (PostgreSQL needs none of it)

        return sqlite.new_engine(parsed)
    engine = create_async_engine(
        parsed,
        hide_parameters=True,  # else error texts would contain values
        pool_size=10,
        pool_timeout=_POOL_SECONDS,
        # The connection used last has the statements prepared; the others rest.
        pool_use_lifo=True,
        connect_args={"timeout": _CONNECT_SECONDS, "command_timeout": statement_seconds},
    )
    sa.event.listen(engine.sync_engine, "checkout", _ping)
    sa.event.listen(engine.sync_engine, "handle_error", _leave_standby)
    return engine


def _ping(connection: Any, *_: object) -> None:
    """
    Checks a connection that is taken from the pool. SQLAlchemy's own ping would have the timeout of
    a statement.

    Raises:
        DisconnectionError: The connection does not answer; the pool opens another one.
    """
    try:
        connection.run_async(_ask)
    except Exception as error:  # any error: no answer
        raise DisconnectionError from error


def _leave_standby(context: sa.ExceptionContext) -> None:
    """
    Closes all connections if one leads to a node that takes no writes. After a failover the name in
    the URL leads to the new primary, but connections opened before that stay with the standby.
    """
    if getattr(context.original_exception, "sqlstate", None) == READ_ONLY:
        context.is_disconnect = True


async def _ask(driver: Any) -> None:
    await driver.fetchrow(";", timeout=_PING_SECONDS)


@contextmanager
def database_errors_as_ours(engine: AsyncEngine | None = None) -> Iterator[None]:
    """
    Raises `Unavailable` in place of database errors.

    Args:
        engine: If it is of SQLite, the error names its file: SQLite does not say which disk is
            full.
    """
    try:
        yield
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        said = why(error)
        if engine is not None and engine.dialect.name == "sqlite" and engine.url.database:
            said = f"{engine.url.database}: {said}"
        raise Unavailable("database", why=said) from error


# The connection of the enclosing `transaction_around` of this task.
_AROUND: ContextVar[AsyncConnection | None] = ContextVar("around", default=None)
# The connection of the enclosing `reading_around` of this task.
_READING: ContextVar[AsyncConnection | None] = ContextVar("reading", default=None)

# How PostgreSQL takes what comes: transactions, lone queries, and queries that see one moment.
_USUAL = {"isolation_level": "READ COMMITTED", "postgresql_readonly": False}
_READS = {**_USUAL, "isolation_level": "AUTOCOMMIT"}
_LOOKS = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """
    A transaction, committed at the end. Within `transaction_around` it is a savepoint of that
    transaction.
    """
    around = _AROUND.get()
    with database_errors_as_ours(engine):
        if around is not None and around.engine is engine:
            async with around.begin_nested():
                yield around
            return
        async with _outside_transactions(engine) as connection, connection.begin():
            yield connection


@asynccontextmanager
async def one_look(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """
    A read-only snapshot: several queries see the database at one moment, and block no writer.
    Within `transaction_around` they see that transaction, which another connection would wait for.
    """
    around = _AROUND.get()
    with database_errors_as_ours(engine):
        if around is not None and around.engine is engine:
            yield around
            return
        async with _outside_transactions(engine, **_LOOKS) as connection:
            yield connection


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """
    A connection for queries, each of which sees what is committed when it begins: no transaction is
    opened for them, which saves two round trips. Within `transaction_around` they see that
    transaction; within `reading_around` they share its connection.
    """
    with database_errors_as_ours(engine):
        for around in (_AROUND.get(), _READING.get()):
            if around is not None and around.engine is engine:
                yield around
                return
        async with _outside_transactions(engine, **_READS) as connection:
            yield connection


@asynccontextmanager
async def reading_around(engine: AsyncEngine) -> AsyncIterator[None]:
    """
    Every `reading` within it uses one connection, which is taken from the pool once. The queries run
    one after the other: not for tasks that read at the same time. Not on SQLite, where a connection
    that has read keeps others from writing.
    """
    if engine.dialect.name != "postgresql":
        yield
        return
    async with reading(engine) as connection:
        outer = _READING.set(connection)
        try:
            yield
        finally:
            _READING.reset(outer)


@asynccontextmanager
async def _outside_transactions(
    engine: AsyncEngine, **options: object
) -> AsyncIterator[AsyncConnection]:
    """
    A connection that is in no transaction, with *options* on PostgreSQL: within `reading_around`
    that one, else one from the pool. A task never has two: if each task that holds one waited for
    another, an exhausted pool would stay so.
    """
    held = _READING.get()
    if held is None or held.engine is not engine:
        async with engine.connect() as connection:
            if options and connection.dialect.name == "postgresql":
                await connection.execution_options(**options)
            yield connection
        return
    token = _READING.set(None)
    try:
        await held.rollback()  # ends what it has read; nothing was written
        await held.execution_options(**{**_USUAL, **options})
        yield held
    finally:
        _READING.reset(token)
        await held.rollback()
        await held.execution_options(**_READS)  # for the reads that follow, also after an error


@asynccontextmanager
async def transaction_around(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """
    A transaction that every `transaction` within it joins. Within another `transaction_around`,
    that one is used.
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
