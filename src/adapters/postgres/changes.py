"""The outbox of org changes, and the signal that wakes its relay."""

import asyncio

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, final

import attrs
import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from typing_extensions import override

from adapters.postgres.engine import database_errors_as_ours, transaction
from adapters.postgres.tables.accounts import org_changes
from aldea_core.domain.ids import OrgId
from aldea_core.ports.changes import ChangeSignal, ClaimedChanges, OrgChanges


CHANNEL = "org_changes"
_PING_SECONDS = 5.0


@attrs.frozen
class _Row:
    """
    A row of the outbox.

    Attributes:
        trace: A traceparent; empty if its transaction was not traced.
    """

    org: OrgId
    trace: str


@final
class SqlOrgChanges(OrgChanges):
    """
    The outbox rows of org changes.

    On PostgreSQL a relay claims rows by locking them, in a transaction that lasts as long as the
    context and ends with its connection. On SQLite a lock would block every other writer. Only one
    process relays there, and it keeps the ids of claimed rows in memory.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._held: set[int] = set()

    @override
    @asynccontextmanager
    async def claim(self, limit: int) -> AsyncIterator[ClaimedChanges]:
        claiming = _claiming if self.engine.dialect.name == "postgresql" else self._remembering
        async with claiming(self.engine, limit) as rows:
            batch = ClaimedChanges(
                tuple(dict.fromkeys(row.org for row in rows.values())),
                traces={row.org: row.trace for row in rows.values() if row.trace},
            )
            yield batch
            for change in [n for n, row in rows.items() if row.org not in batch.acknowledged]:
                del rows[change]

    @asynccontextmanager
    async def _remembering(
        self,
        engine: AsyncEngine,
        limit: int,
    ) -> AsyncIterator[dict[int, _Row]]:
        async with transaction(engine) as connection:
            free = _OLDEST_FIRST.where(org_changes.c.id.not_in(self._held)).limit(limit)
            rows = await _read(connection, free)
            mine = set(rows)
            self._held |= mine
        try:
            yield rows
            async with transaction(engine) as connection:
                await _forget(connection, rows)
        finally:
            self._held -= mine

    @override
    async def waiting(self) -> int:
        async with transaction(self.engine) as connection:
            count = await connection.scalar(sa.select(sa.func.count()).select_from(org_changes))
            return int(count or 0)

    @override
    async def oldest(self) -> int | None:
        async with transaction(self.engine) as connection:
            found: int | None = await connection.scalar(sa.select(sa.func.min(org_changes.c.id)))
            return found


_OLDEST_FIRST = sa.select(org_changes).order_by(org_changes.c.id)


@asynccontextmanager
async def _claiming(engine: AsyncEngine, limit: int) -> AsyncIterator[dict[int, _Row]]:
    async with transaction(engine) as connection:
        # A relay that hangs with claimed rows loses them to another relay.
        await connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = '60s'")
        rows = await _read(connection, _OLDEST_FIRST.limit(limit).with_for_update(skip_locked=True))
        yield rows
        await _forget(connection, rows)


async def _read(
    connection: AsyncConnection,
    query: sa.Select[Any],
) -> dict[int, _Row]:
    found = await connection.execute(query)
    return {row.id: _Row(OrgId(row.org), row.trace or "") for row in found}


async def _forget(connection: AsyncConnection, rows: dict[int, _Row]) -> None:
    if rows:
        await connection.execute(org_changes.delete().where(org_changes.c.id.in_(rows)))


@final
class PostgresChangeSignal(ChangeSignal):
    """LISTEN on a connection of its own, which is opened again after it was lost."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._connection: AsyncConnection | None = None
        self._rung = asyncio.Event()
        self._is_lost = False

    @override
    async def wait(self, seconds: float) -> bool:
        if self._is_lost:
            await self.close()
        if self._connection is None:
            await self._listen()
            return True  # changes before LISTEN are unknown
        try:
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        except TimeoutError:
            await self._ping(self._connection)
            return False
        self._rung.clear()
        return True

    async def _listen(self) -> None:
        self._rung.clear()
        self._is_lost = False
        with database_errors_as_ours():
            connection = await self._engine.connect()
            try:
                driver = await _driver(connection)
                driver.add_termination_listener(self._lose)
                await driver.add_listener(CHANNEL, self._ring)
            except BaseException:
                await connection.invalidate()
                await connection.close()
                raise
            self._connection = connection

    async def _ping(self, connection: AsyncConnection) -> None:
        """Detects a connection that was cut without notice."""
        try:
            await (await _driver(connection)).execute("SELECT 1", timeout=_PING_SECONDS)
        except Exception:  # noqa: BLE001 (any error: no answer)
            self._is_lost = True

    def _ring(self, *_: object) -> None:
        self._rung.set()

    def _lose(self, *_: object) -> None:
        self._is_lost = True
        self._rung.set()

    @override
    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):  # the connection may be closed already
                await connection.invalidate()
            with suppress(Exception):
                await connection.close()


async def _driver(connection: AsyncConnection) -> Any:
    """The asyncpg connection: SQLAlchemy has no LISTEN."""
    return (await connection.get_raw_connection()).driver_connection
