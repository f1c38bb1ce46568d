"""Attempts, counted for all processes together."""

from datetime import datetime, timedelta
from typing import final

import attrs
import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from adapters.postgres.engine import transaction
from adapters.postgres.inserts import insert_into
from adapters.postgres.tables.people import attempts
from aldea_core.ports.attempts import Attempts


@final
@attrs.frozen
class SqlAttempts(Attempts):
    engine: AsyncEngine

    @override
    async def count(self, name: str, *, within: timedelta, at: datetime) -> tuple[int, datetime]:
        values = {"name": name, "count": 1, "ends": at + within}
        known = attempts.c
        async with transaction(self.engine) as connection:
            insert = insert_into(connection, attempts).values(values)
            goes_on = known.ends > at
            counted = await connection.execute(
                insert.on_conflict_do_update(
                    index_elements=["name"],
                    set_={
                        "count": sa.case((goes_on, known["count"] + 1), else_=1),
                        "ends": sa.case((goes_on, known.ends), else_=insert.excluded.ends),
                    },
                ).returning(known["count"], known.ends),
            )
            row = counted.mappings().one()
        return row["count"], row["ends"]

    @override
    async def sweep(self, *, at: datetime) -> None:
        async with transaction(self.engine) as connection:
            await connection.execute(attempts.delete().where(attempts.c.ends <= at))

    @override
    async def forget(self, name: str) -> None:
        async with transaction(self.engine) as connection:
            await connection.execute(attempts.delete().where(attempts.c.name == name))
