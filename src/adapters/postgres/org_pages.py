"""Reads all orgs, page by page."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import final

import attrs
import sqlalchemy as sa

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from typing_extensions import override

from adapters.postgres.engine import one_look
from adapters.postgres.entitlements import caps, own_limits, plan_limits
from adapters.postgres.key_statements import works
from adapters.postgres.rows import key_of, org_of
from adapters.postgres.statements import values_of
from adapters.postgres.tables import accounts
from adapters.postgres.tables.accounts import api_keys, gone_orgs, org_limits
from aldea_core.domain.access.keys import ApiKey
from aldea_core.domain.access.orgs import GoneOrg, OrgSnapshot
from aldea_core.domain.ids import OrgId
from aldea_core.ports.accounts import OrgPages


@final
@attrs.frozen
class SqlOrgPages(OrgPages):
    engine: AsyncEngine

    @override
    async def snapshots(
        self,
        after: OrgId | None,
        limit: int,
        *,
        at: datetime,
    ) -> Sequence[OrgSnapshot]:
        orgs = accounts.orgs
        page = orgs.select().order_by(orgs.c.id).limit(limit)
        if after is not None:
            page = page.where(orgs.c.id > after)
        async with one_look(self.engine) as connection:
            rows = (await connection.execute(page)).mappings().all()
            if not rows:
                return []
            # A range is cheaper than a list of ids, and no other ids lie between those of a page.
            first, last = rows[0]["id"], rows[-1]["id"]
            return await _snapshots(connection, rows, lambda org: org.between(first, last), at)

    @override
    async def among(
        self,
        orgs: Iterable[OrgId],
        *,
        at: datetime,
    ) -> Mapping[OrgId, OrgSnapshot | GoneOrg]:
        wanted = list(orgs)
        if not wanted:
            return {}
        query = accounts.orgs.select().where(accounts.orgs.c.id.in_(wanted))
        gone = gone_orgs.select().where(gone_orgs.c.org.in_(wanted))
        async with one_look(self.engine) as connection:
            rows = (await connection.execute(query)).mappings().all()
            theirs = [row["id"] for row in rows]
            found = await _snapshots(connection, rows, lambda org: org.in_(theirs), at)
            tombstones = (await connection.execute(gone)).mappings().all()
        return {
            **{OrgId(row["org"]): GoneOrg(OrgId(row["org"]), row["version"]) for row in tombstones},
            **{snapshot.org: snapshot for snapshot in found},
        }

    @override
    async def versions(self, orgs: Iterable[OrgId]) -> Mapping[OrgId, int]:
        query = sa.select(accounts.orgs.c.id, accounts.orgs.c.version).where(
            accounts.orgs.c.id.in_(list(orgs)),
        )
        async with one_look(self.engine) as connection:
            rows = await connection.execute(query)
            return {OrgId(row.id): row.version for row in rows}


async def _snapshots(
    connection: AsyncConnection,
    rows: Sequence[RowMapping],
    are_theirs: Callable[[sa.Column[str]], sa.ColumnElement[bool]],
    at: datetime,
) -> list[OrgSnapshot]:
    """
    Snapshots of the orgs in *rows*.

    Args:
        are_theirs: Condition that the org in a column is one of them.
    """
    ids = [row["id"] for row in rows]
    own = await own_limits(connection, are_theirs(org_limits.c.org))
    of_plans = await plan_limits(connection, ids)
    within = await caps(connection, ids)
    # Revoked and expired keys are not mirrored, and an old org may have many.
    mirrored = are_theirs(api_keys.c.org) & works(at)
    keys: dict[str, list[ApiKey]] = defaultdict(list)
    for key in values_of(await connection.execute(api_keys.select().where(mirrored)), key_of):
        keys[key.org].append(key)
    return [
        OrgSnapshot.of(
            org_of(row, own[row["id"]], of_plans[row["id"]]),
            tuple(keys[row["id"]]),
            at=at,
            cap=within.get(row["id"]),
        )
        for row in rows
    ]
