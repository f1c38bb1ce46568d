"""The audit log."""

from collections.abc import Iterator, Sequence
from typing import Any, final

import attrs
import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from adapters.postgres.statements import execute, find_all
from adapters.postgres.tables.people import audit_log
from aldea_core.domain.access.audit import PLATFORM, Actor, ActorKind, AuditEntry, AuditSelection
from aldea_core.ports.audit import AuditLog


@final
@attrs.frozen
class SqlAuditLog(AuditLog):
    engine: AsyncEngine

    @override
    async def write(self, entries: Sequence[AuditEntry]) -> None:
        if entries:
            await execute(self.engine, audit_log.insert(), [_entry_to(entry) for entry in entries])

    @override
    async def read(
        self, which: AuditSelection, *, before: int | None = None, limit: int = 50
    ) -> Sequence[AuditEntry]:
        query = audit_log.select().where(*_conditions(which))
        if before is not None:
            query = query.where(audit_log.c.id < before)
        query = query.order_by(audit_log.c.id.desc()).limit(limit)
        return await find_all(self.engine, query, _entry_of)

    @override
    async def erase_name(self, actor: str) -> None:
        theirs = audit_log.c.actor == actor
        await execute(self.engine, audit_log.update().where(theirs).values(actor_name=""))


def _entry_of(
    *, actor_kind: ActorKind, actor: str, actor_name: str, address: str, **columns: Any
) -> AuditEntry:
    return AuditEntry(actor=Actor(actor_kind, actor, actor_name, address), **columns)


def _entry_to(entry: AuditEntry) -> dict[str, Any]:
    row = attrs.asdict(entry, recurse=False)
    del row["id"]  # the database numbers them
    return {
        **row,
        "actor_kind": entry.actor.kind,
        "actor": entry.actor.id,
        "actor_name": entry.actor.name,
        "address": entry.actor.address,
        "before": dict(entry.before),
        "after": dict(entry.after),
    }


def _conditions(which: AuditSelection) -> Iterator[sa.ColumnElement[bool]]:
    entry = audit_log.c
    if which.org is None:
        yield entry.actor_kind.in_(sorted(PLATFORM))
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
