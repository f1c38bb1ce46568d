"""Refused requests by org, key, day and reason."""

from collections.abc import Sequence
from datetime import date
from typing import final

import attrs

from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from adapters.postgres.engine import one_look, transaction
from adapters.postgres.inserts import insert_into
from adapters.postgres.tables.usage import refusals as table
from aldea_core.domain.access.refusals import Refusals
from aldea_core.domain.ids import OrgId
from aldea_core.ports.refusals import RefusalLedger


_NAMES = ("org", "key", "day", "reason")


@final
@attrs.frozen
class SqlRefusalLedger(RefusalLedger):
    engine: AsyncEngine

    @override
    async def record(self, refusals: Sequence[Refusals]) -> None:
        # In a fixed order, so that two writers of the same rows do not deadlock.
        rows = sorted(
            (attrs.asdict(each) for each in refusals),
            key=lambda row: [str(row[name]) for name in _NAMES],
        )
        if not rows:
            return
        async with transaction(self.engine) as connection:
            insert = insert_into(connection, table)
            more = insert.excluded.count
            await connection.execute(
                insert.on_conflict_do_update(
                    index_elements=_NAMES, set_={"count": more}, where=more > table.c.count
                ),
                rows,
            )

    @override
    async def refusals(self, org: OrgId, *, since: date, until: date) -> Sequence[Refusals]:
        query = (
            table.select()
            .where((table.c.org == org) & table.c.day.between(since, until))
            .order_by(table.c.day.desc(), table.c.key, table.c.reason)
        )
        async with one_look(self.engine) as connection:
            return [Refusals(**row) for row in (await connection.execute(query)).mappings()]
