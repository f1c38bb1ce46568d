"""Orgs and keys, and the outbox of their changes."""

from collections.abc import Sequence
from datetime import datetime
from typing import final

import attrs
import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from typing_extensions import override

from adapters.postgres.engine import transaction
from adapters.postgres.rows import key_of, key_to, limits_of, limits_to, org_of, org_to
from adapters.postgres.tables import api_keys, org_changes, org_limits, orgs
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import KeyId, OrgId
from aldea_core.domain.keys import ApiKey
from aldea_core.domain.limits import Limits, OrgStatus
from aldea_core.domain.orgs import Org, OrgSnapshot
from aldea_core.ports.accounts import Accounts, OrgChange, OrgChanges


@final
@attrs.frozen
class SqlAccounts(Accounts, OrgChanges):
    engine: AsyncEngine

    @override
    async def add_org(self, org: Org) -> None:
        async with transaction(self.engine) as connection:
            await connection.execute(orgs.insert().values(org_to(org)))
            await self._put_limits(connection, org.id, org.limits)
            await self._touch(connection, org.id)

    @override
    async def orgs(self) -> Sequence[Org]:
        async with transaction(self.engine) as connection:
            rows = (await connection.execute(orgs.select().order_by(orgs.c.created))).mappings()
            return [org_of(row, await self._limits(connection, row["id"])) for row in rows.all()]

    @override
    async def org(self, org: OrgId) -> Org | None:
        async with transaction(self.engine) as connection:
            return await self._org(connection, org)

    @override
    async def set_limits(self, org: OrgId, limits: Limits) -> None:
        async with transaction(self.engine) as connection:
            await self._touch(connection, org)
            await connection.execute(org_limits.delete().where(org_limits.c.org == org))
            await self._put_limits(connection, org, limits)

    @override
    async def set_status(self, org: OrgId, status: OrgStatus) -> None:
        async with transaction(self.engine) as connection:
            await self._touch(connection, org)
            await connection.execute(
                orgs.update().where(orgs.c.id == org).values(status=status.value),
            )

    @override
    async def add_key(self, key: ApiKey) -> None:
        async with transaction(self.engine) as connection:
            await self._touch(connection, key.org)
            await connection.execute(api_keys.insert().values(key_to(key)))

    @override
    async def keys(self, org: OrgId) -> Sequence[ApiKey]:
        async with transaction(self.engine) as connection:
            return await self._keys(connection, org)

    @override
    async def end_key(self, org: OrgId, key: KeyId, *, at: datetime) -> None:
        async with transaction(self.engine) as connection:
            mine = (api_keys.c.org == org) & (api_keys.c.id == key)
            if (await connection.execute(sa.select(api_keys.c.id).where(mine))).first() is None:
                raise NotFound("The organisation has no such key.")
            later = sa.or_(api_keys.c.revoked.is_(None), api_keys.c.revoked > at)
            ended = await connection.execute(
                api_keys.update().where(mine & later).values(revoked=at),
            )
            if ended.rowcount:
                await self._touch(connection, org)

    @override
    async def snapshot(self, org: OrgId, *, at: datetime) -> OrgSnapshot | None:
        async with transaction(self.engine) as connection:
            # One version: whoever changes the org waits until we have read its keys.
            known = await self._org(connection, org, lock=True)
            if known is None:
                return None
            return OrgSnapshot.of(known, tuple(await self._keys(connection, org)), at=at)

    @override
    async def take(self, limit: int) -> Sequence[OrgChange]:
        async with transaction(self.engine) as connection:
            rows = await connection.execute(
                org_changes.select().order_by(org_changes.c.id).limit(limit),
            )
            return [OrgChange(row["id"], OrgId(row["org"])) for row in rows.mappings()]

    @override
    async def drop(self, changes: Sequence[OrgChange]) -> None:
        ids = [change.id for change in changes]
        async with transaction(self.engine) as connection:
            await connection.execute(org_changes.delete().where(org_changes.c.id.in_(ids)))

    async def _touch(self, connection: AsyncConnection, org: OrgId) -> None:
        """Raises the org's version and puts the change into the outbox."""
        touched = await connection.execute(
            orgs.update().where(orgs.c.id == org).values(version=orgs.c.version + 1),
        )
        if not touched.rowcount:
            raise NotFound("There is no such organisation.")
        await connection.execute(org_changes.insert().values(org=org))

    async def _org(
        self,
        connection: AsyncConnection,
        org: OrgId,
        *,
        lock: bool = False,
    ) -> Org | None:
        query = orgs.select().where(orgs.c.id == org)
        if lock:
            query = query.with_for_update(read=True)
        row = (await connection.execute(query)).mappings().first()
        return None if row is None else org_of(row, await self._limits(connection, org))

    async def _limits(self, connection: AsyncConnection, org: OrgId) -> Limits:
        rows = await connection.execute(org_limits.select().where(org_limits.c.org == org))
        return limits_of(rows.mappings())

    async def _put_limits(self, connection: AsyncConnection, org: OrgId, limits: Limits) -> None:
        rows = limits_to(org, limits)
        if rows:
            await connection.execute(org_limits.insert().values(rows))

    async def _keys(self, connection: AsyncConnection, org: OrgId) -> list[ApiKey]:
        rows = await connection.execute(
            api_keys.select().where(api_keys.c.org == org).order_by(api_keys.c.created),
        )
        return [key_of(row) for row in rows.mappings()]
