"""The rate limiter, shared by all processes."""

from datetime import datetime, timedelta
from typing import final

import attrs
import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from adapters.postgres.engine import transaction
from adapters.postgres.statements import execute, insert_into
from adapters.postgres.tables.people import attempts
from aldea_core.domain.access.pace import Pace
from aldea_core.ports.attempt_limiter import AttemptLimiter


@final
@attrs.frozen
class SqlAttemptLimiter(AttemptLimiter):
    engine: AsyncEngine

    @override
    async def take(self, name: str, pace: Pace, *, at: datetime) -> timedelta:
        mine = attempts.c.name == name
        async with transaction(self.engine) as connection:
            # Only an existing row can be locked. SQLite has one writer at a time anyway.
            insert = insert_into(connection, attempts).values(name=name, ends=at)
            await connection.execute(insert.on_conflict_do_nothing(index_elements=["name"]))
            query = sa.select(attempts.c.ends).where(mine).with_for_update()
            full = pace.full_again((await connection.execute(query)).scalar_one(), at=at)
            wait = pace.wait(full, at=at)
            if not wait:
                await connection.execute(attempts.update().where(mine).values(ends=full))
        return wait

    @override
    async def sweep(self, *, at: datetime) -> None:
        await execute(self.engine, attempts.delete().where(attempts.c.ends <= at))

    @override
    async def forget(self, name: str) -> None:
        await execute(self.engine, attempts.delete().where(attempts.c.name == name))
