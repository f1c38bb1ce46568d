"""The audit log."""

from collections.abc import Iterator, Sequence
from typing import final

import attrs
import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from adapters.postgres.engine import reading, transaction
from adapters.postgres.people_rows import entry_of, entry_to
from adapters.postgres.tables.people import audit_log
from aldea_core.domain.access.audit import PLATFORM, AuditEntry, AuditSelection
from aldea_core.ports.audit import AuditLog


@final
@attrs.frozen
class SqlAuditLog(AuditLog):
    engine: AsyncEngine

    @override
    async def write(self, entries: Sequence[AuditEntry]) -> None:
        if not entries:
            return
        async with transaction(self.engine) as connection:
            await connection.execute(audit_log.insert(), [entry_to(entry) for entry in entries])

    @override
    async def read(
        self, which: AuditSelection, *, before: int | None = None, limit: int = 50
    ) -> Sequence[AuditEntry]:
        query = audit_log.select().where(*_conditions(which))
        if before is not None:
            query = query.where(audit_log.c.id < before)
        query = query.order_by(audit_log.c.id.desc()).limit(limit)
        async with reading(self.engine) as connection:
            return [entry_of(row) for row in (await connection.execute(query)).mappings()]

    @override
    async def erase_name(self, actor: str) -> None:
        erased = audit_log.update().where(audit_log.c.actor == actor).values(actor_name="")
        async with transaction(self.engine) as connection:
            await connection.execute(erased)


def _conditions(which: AuditSelection) -> Iterator[sa.ColumnElement[bool]]:
    entry = audit_log.c
    if which.org is None:
        yield entry.actor_kind.in_(sorted(kind.value for kind in PLATFORM))
    else:
        yield entry.org == which.org
    if which.action is not None:
        yield entry.action == which.action
    if which.actor is not None:
        yield entry.actor == which.actor
    if which.since is not None:
        yield entry.at >= which.since
    if which.until is not None:
        yield entry.at < which.until
