"""The usage ledger."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, final

import attrs
import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from typing_extensions import override

from adapters.postgres.engine import one_look, transaction
from adapters.postgres.error_texts import is_of_values
from adapters.postgres.key_uses import mark_used
from adapters.postgres.statements import insert_into
from adapters.postgres.tables.usage import usage_records
from adapters.postgres.usage_sums import audio_since
from aldea_core.domain.billing.usage import UsageRecord, last_uses
from aldea_core.domain.errors import Unavailable, Unstorable
from aldea_core.domain.ids import KeyId, OrgId, SessionId
from aldea_core.domain.transcripts.models import name_of
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
        try:
            await self._record(best, last_uses(records))
        except Unavailable as error:
            if is_of_values(error.__cause__):
                raise Unstorable(error.in_full) from error
            raise

    async def _record(self, best: Sequence[UsageRecord], uses: Mapping[KeyId, datetime]) -> None:
        async with transaction(self.engine) as connection:
            await _lock(connection, {record.org for record in best})
            insert = insert_into(connection, usage_records)
            new, known = insert.excluded, usage_records.c
            # `UsageRecord.replaces` in SQL, so that concurrent writers agree.
            says_more = sa.or_(
                sa.and_(new.final, sa.not_(known.final)),
                sa.and_(sa.not_(new.final), sa.not_(known.final), new.ended > known.ended),
                sa.and_(new.final, known.final, new.callbacks > known.callbacks),
            )
            changed = {name: new[name] for name in _row(best[0])}
            await connection.execute(
                # RETURNING makes it one statement for all records, which the triggers of the rollup
                # then add up at once.
                insert.on_conflict_do_update(
                    index_elements=["session"],
                    set_=changed,
                    where=says_more,
                ).returning(known.session),
                [_row(record) for record in best],
            )
            await mark_used(connection, uses)

    @override
    async def used_ms(self, orgs: Iterable[OrgId], *, since: datetime) -> Mapping[OrgId, int]:
        rows = audio_since(since)
        query = (
            sa.select(rows.c.org, sa.func.sum(rows.c.audio_ms))
            .where(rows.c.org.in_(list(orgs)))
            .group_by(rows.c.org)
        )
        async with one_look(self.engine) as connection:
            return {OrgId(org): int(used) for org, used in await connection.execute(query)}

    @override
    async def used_ms_of_keys(
        self, keys: Iterable[tuple[OrgId, KeyId]], *, since: datetime
    ) -> Mapping[tuple[OrgId, KeyId], int]:
        rows, wanted = audio_since(since), set(keys)
        of = (rows.c.org, rows.c.key)
        query = (
            sa.select(*of, sa.func.sum(rows.c.audio_ms))
            .where(rows.c.org.in_({org for org, _ in wanted}))
            .where(rows.c.key.in_({key for _, key in wanted}))
            .group_by(*of)
        )
        async with one_look(self.engine) as connection:
            found = [
                ((OrgId(org), KeyId(key)), int(used))
                for org, key, used in await connection.execute(query)
            ]
        return {each: used for each, used in found if each in wanted}


_LOCKS = 7_204_501_137  # seed of the advisory locks, arbitrary but fixed
_IDLE_MS = 30_000


async def _lock(connection: AsyncConnection, orgs: Iterable[OrgId]) -> None:
    """
    Waits for other writers of these orgs' usage, who touch the same rows of the rollup: in the order
    of orgs, so that no two deadlock. A writer whose process is frozen loses its locks after a while.
    """
    if connection.dialect.name != "postgresql":
        return
    await connection.execute(
        sa.text(
            "SELECT set_config('idle_in_transaction_session_timeout', :idle, true), "
            "pg_advisory_xact_lock(hashtextextended(org, :seed)) "
            "FROM unnest(CAST(:orgs AS text[])) AS org"
        ),
        {"idle": str(_IDLE_MS), "seed": _LOCKS, "orgs": sorted(orgs)},
    )


def _row(record: UsageRecord) -> dict[str, Any]:
    # A row that the database refused would hold up the usage that comes after it.
    return {**attrs.asdict(record, recurse=False), "model": name_of(record.model)}


def _best(records: Sequence[UsageRecord]) -> list[UsageRecord]:
    """One record per session: a statement may not change the same row twice."""
    best: dict[SessionId, UsageRecord] = {}
    for record in records:
        known = best.get(record.session)
        if known is None or record.replaces(known):
            best[record.session] = record
    return [best[session] for session in sorted(best)]
