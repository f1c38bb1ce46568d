"""Refused requests by org, key, day and reason."""

from collections.abc import Sequence
from datetime import date
from typing import final

import attrs

from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from adapters.postgres.statements import execute, find_all, insert_into
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
        insert = insert_into(self.engine, table)
        more = insert.excluded.count
        raised = insert.on_conflict_do_update(
            index_elements=_NAMES, set_={"count": more}, where=more > table.c.count
        )
        await execute(self.engine, raised, rows)

    @override
    async def refusals(self, org: OrgId, *, since: date, until: date) -> Sequence[Refusals]:
        query = (
            table.select()
            .where((table.c.org == org) & table.c.day.between(since, until))
            .order_by(table.c.day.desc(), table.c.key, table.c.reason)
        )
        return await find_all(self.engine, query, Refusals)
