"""The idempotency store: responses kept by idempotency key."""

from datetime import datetime
from typing import final

import attrs
import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from adapters.postgres.engine import transaction
from adapters.postgres.statements import execute, insert_into
from adapters.postgres.tables.people import answers
from aldea_core.ports.idempotency import Busy, Claimed, IdempotencyStore, Kept


@final
@attrs.frozen
class SqlIdempotencyStore(IdempotencyStore):
    engine: AsyncEngine

    @override
    async def claim(
        self, name: str, request: str, claim: str, *, at: datetime, stale: datetime
    ) -> Claimed | Busy | Kept:
        values = {"name": name, "request": request, "claim": claim, "claimed": at}
        async with transaction(self.engine) as connection:
            insert = insert_into(connection, answers).values(values)
            claimed = await connection.execute(
                insert.on_conflict_do_update(
                    index_elements=["name"],
                    set_={key: insert.excluded[key] for key in ("request", "claim", "claimed")},
                    where=sa.and_(answers.c.answer.is_(None), answers.c.claimed < stale),
                ),
            )
            if claimed.rowcount:
                return Claimed(claim)
            known = await connection.execute(answers.select().where(answers.c.name == name))
            row = known.mappings().first()
        if row is None or row["answer"] is None:
            return Busy(request if row is None else row["request"])
        return Kept(row["request"], row["answer"])

    @override
    async def keep(self, name: str, claim: str, answer: bytes) -> bool:
        mine = sa.and_(answers.c.name == name, answers.c.claim == claim)
        return bool(await execute(self.engine, answers.update().where(mine).values(answer=answer)))

    @override
    async def release(self, name: str, claim: str) -> None:
        mine = sa.and_(answers.c.name == name, answers.c.claim == claim)
        await execute(self.engine, answers.delete().where(mine, answers.c.answer.is_(None)))

    @override
    async def forget(self, *, before: datetime) -> None:
        await execute(self.engine, answers.delete().where(answers.c.claimed < before))
