"""The usage ledger."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, final

import attrs
import sqlalchemy as sa

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from adapters.postgres.engine import one_look, transaction
from adapters.postgres.key_uses import mark_used
from adapters.postgres.rows import usage_of, usage_to
from adapters.postgres.tables import usage_records
from aldea_core.domain.billing.usage import UsageRecord, last_uses
from aldea_core.domain.ids import OrgId, SessionId
from aldea_core.ports.usage import UsageLedger


@final
@attrs.frozen
class SqlUsageLedger(UsageLedger):
    engine: AsyncEngine

    @override
    async def record(self, records: Sequence[UsageRecord]) -> None:
        best = _best(records)
        if not best:
            return
        async with transaction(self.engine) as connection:
            insert = _INSERTS[connection.dialect.name](usage_records)
            new, known = insert.excluded, usage_records.c
            # `UsageRecord.replaces` in SQL, so that concurrent writers agree.
            says_more = sa.or_(
                sa.and_(new.final, sa.not_(known.final)),
                sa.and_(sa.not_(new.final), sa.not_(known.final), new.ended > known.ended),
                sa.and_(new.final, known.final, new.callbacks > known.callbacks),
            )
            changed = {name: new[name] for name in usage_to(best[0])}
            await connection.execute(
                insert.on_conflict_do_update(
                    index_elements=["session"],
                    set_=changed,
                    where=says_more,
                ),
                [usage_to(record) for record in best],
            )
            await mark_used(connection, last_uses(records))

    @override
    async def sessions(self, org: OrgId, *, limit: int = 100) -> Sequence[UsageRecord]:
        query = (
            usage_records.select()
            .where(usage_records.c.org == org)
            .order_by(usage_records.c.started.desc())
            .limit(limit)
        )
        async with transaction(self.engine) as connection:
            return [usage_of(row) for row in (await connection.execute(query)).mappings()]

    @override
    async def used_ms(self, orgs: Iterable[OrgId], *, since: datetime) -> Mapping[OrgId, int]:
        total = sa.func.sum(usage_records.c.audio_ms)
        query = (
            sa.select(usage_records.c.org, total)
            .where(usage_records.c.org.in_(list(orgs)) & (usage_records.c.started >= since))
            .group_by(usage_records.c.org)
        )
        async with one_look(self.engine) as connection:
            return {OrgId(org): int(used) for org, used in await connection.execute(query)}


_INSERTS: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def _best(records: Sequence[UsageRecord]) -> list[UsageRecord]:
    """One record per session: a statement may not change the same row twice."""
    best: dict[SessionId, UsageRecord] = {}
    for record in records:
        known = best.get(record.session)
        if known is None or record.replaces(known):
            best[record.session] = record
    return list(best.values())
