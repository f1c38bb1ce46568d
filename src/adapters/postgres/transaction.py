"""Several changes in one transaction."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import final

import attrs
import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from adapters.postgres.engine import reading_around, transaction_around
from aldea_core.ports.transaction import Transaction


@final
@attrs.frozen
class SqlTransaction(Transaction):
    """Locks the named thing on PostgreSQL. SQLite needs no lock, having one writer at a time."""

    engine: AsyncEngine

    @override
    def reading(self) -> AbstractAsyncContextManager[None]:
        return reading_around(self.engine)

    @override
    @asynccontextmanager
    async def about(self, thing: str = "") -> AsyncIterator[None]:
        async with transaction_around(self.engine) as connection:
            if thing and connection.dialect.name == "postgresql":
                lock = sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(thing, 0))
                await connection.execute(sa.select(lock))
            yield
