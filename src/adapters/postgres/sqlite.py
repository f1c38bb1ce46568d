"""SQLite, for a laptop: opens and closes its connections."""

import asyncio
import os
import sqlite3

from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiosqlite
import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from typing_extensions import override


# How long a transaction waits for a transaction of another process.
_LOCK_SECONDS = 10
_ROWS_AT_ONCE = 64
_IN_MEMORY = {"", ":memory:"}


class _Connection(sqlite3.Connection):
    """
    A connection that releases its transaction's lock even if some of its
    statements are unfinished.
    """

    @override
    def close(self) -> None:
        with suppress(sqlite3.Error):  # nothing to roll back, or closed already
            self.rollback()
        super().close()


def _connect(database: str, **options: Any) -> sqlite3.Connection:
    """Opens a file readable by its owner only. SQLite gives the files beside it the same mode."""
    if database not in _IN_MEMORY:
        with suppress(OSError):  # it exists, or SQLite will report the error
            os.close(os.open(database, os.O_CREAT | os.O_EXCL, 0o600))
        # By path, not by opening the file: closing it again would drop SQLite's locks.
        for path in (Path(database + ending) for ending in ("", "-wal", "-shm")):
            with suppress(OSError):
                if path.stat().st_mode & 0o077:
                    path.chmod(0o600)
    return sqlite3.connect(database, factory=_Connection, **options)


class SqliteConnection(aiosqlite.Connection):
    """
    A connection that can be closed during a statement, and more than once.

    SQLAlchemy closes the connection of a cancelled task, and stops it if the task is cancelled
    again. A connection of aiosqlite that is stopped while it closes waits for ever for the end of a
    thread that has ended already. It also keeps the lock of its transaction until it is
    garbage-collected.
    """

    def __init__(self, database: str, **options: Any) -> None:
        super().__init__(lambda: _connect(database, **options), _ROWS_AT_ONCE)
        self._thread.daemon = True  # an unclosed connection does not stop the process from exiting
        self._stopped: asyncio.Future[Any] | None = None

    @override
    def __await__(self) -> Generator[Any, None, aiosqlite.Connection]:
        try:
            return (yield from super().__await__())
        except BaseException:
            yield from self.close().__await__()
            raise

    @override
    async def close(self) -> None:
        """
        Waits until the connection's thread has ended. The thread uses the event loop, which must
        stay open until then.
        """
        stopped = self.stop()
        cancelled: asyncio.CancelledError | None = None
        while stopped is not None and not stopped.done():
            try:
                await asyncio.wait([stopped])
            except asyncio.CancelledError as error:
                cancelled = error
        if cancelled is not None:
            raise cancelled

    @override
    def stop(self) -> asyncio.Future[Any] | None:
        if self._stopped is None:
            self._stopped = super().stop()
        return self._stopped


def new_engine(url: sa.URL) -> AsyncEngine:
    """Creates the engine for a SQLite URL, without connecting yet."""
    engine = create_async_engine(
        url,
        connect_args={"timeout": _LOCK_SECONDS, "async_creator_fn": SqliteConnection},
        hide_parameters=True,
    )
    sa.event.listen(engine.sync_engine, "connect", _prepare)
    sa.event.listen(engine.sync_engine, "begin", _begin_immediate)
    return engine


def _prepare(connection: Any, _: object) -> None:
    connection.isolation_level = None  # `_begin_immediate` begins transactions
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: sa.Connection) -> None:
    # A transaction that first reads and then writes must not fail at its first write.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
