"""Orgs and API keys. Triggers raise an org's version and fill the outbox (`migrations/org_triggers`)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import final

import attrs
import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from typing_extensions import override

from adapters.postgres.engine import one_look, reading, transaction
from adapters.postgres.entitlements import PLAN_LIMITS, cap_of, hold, plan_limits
from adapters.postgres.key_statements import keys_of
from adapters.postgres.key_uses import mark_used
from adapters.postgres.rows import key_of, key_to, org_of, plan_limits_of
from adapters.postgres.statements import execute, find_all, find_first, values_of
from adapters.postgres.tables.accounts import api_keys, gone_orgs, org_limits, orgs
from aldea_core.domain.access.keys import EVERY_KEY, ApiKey, KeyFilter
from aldea_core.domain.access.limits import Limits, OrgStatus, own_limits
from aldea_core.domain.access.orgs import GoneOrg, Org, OrgSnapshot
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import KeyHash, KeyId, OrgId
from aldea_core.domain.pages import OLDEST_FIRST, Page, TimePlace
from aldea_core.ports.accounts import Accounts


_CHANGED = ("name", "tags", "expires", "models", "limits")
# Statements of every request are made once: making one takes as long as running it.
_ORG = (
    sa.select(orgs, org_limits.c.name.label("limit"), org_limits.c.value, PLAN_LIMITS)
    .select_from(orgs.outerjoin(org_limits, org_limits.c.org == orgs.c.id))
    .where(orgs.c.id == sa.bindparam("org"))
)


@final
@attrs.frozen
class SqlAccounts(Accounts):
    engine: AsyncEngine

    @override
    async def add_org(self, org: Org) -> None:
        row = attrs.asdict(org, recurse=False)
        del row["limits"]
        async with transaction(self.engine) as connection:
            await connection.execute(orgs.insert().values(row))
            await self._put_limits(connection, org.id, own_limits(org.limits, Limits()))

    @override
    async def org(self, org: OrgId) -> Org | None:
        async with reading(self.engine) as connection:
            return await self._org(connection, org)

    @override
    async def remove_org(self, org: OrgId) -> None:
        await self._change(org, orgs.delete().where(orgs.c.id == org))

    @override
    async def set_name(self, org: OrgId, name: str) -> None:
        await self._change(org, orgs.update().where(orgs.c.id == org).values(name=name))

    @override
    async def set_limits(self, org: OrgId, limits: Limits) -> None:
        async with transaction(self.engine) as connection:
            await hold(connection, org)
            await connection.execute(org_limits.delete().where(org_limits.c.org == org))
            plan = (await plan_limits(connection, [org]))[org]
            await self._put_limits(connection, org, own_limits(limits, plan))

    @override
    async def set_status(self, org: OrgId, status: OrgStatus, *, reason: str = "") -> None:
        kept = reason if status is OrgStatus.SUSPENDED else ""
        changed = orgs.update().values(status=status, suspension_reason=kept)
        await self._change(org, changed.where(orgs.c.id == org))

    @override
    async def add_key(self, key: ApiKey) -> None:
        await self._change(key.org, api_keys.insert().values(key_to(key)))

    @override
    async def keys(
        self,
        org: OrgId,
        which: KeyFilter = EVERY_KEY,
        page: Page[TimePlace] = OLDEST_FIRST,
    ) -> Sequence[ApiKey]:
        return await find_all(self.engine, keys_of(org, which, page), key_of)

    @override
    async def key(self, org: OrgId, key: KeyId) -> ApiKey | None:
        query = api_keys.select().where(api_keys.c.org == org, api_keys.c.id == key)
        return await find_first(self.engine, query, key_of)

    @override
    async def key_names(self, org: OrgId, keys: Collection[KeyId]) -> Mapping[KeyId, str]:
        if not keys:
            return {}
        query = sa.select(api_keys.c.id, api_keys.c.name).where(
            api_keys.c.org == org, api_keys.c.id.in_(keys)
        )
        async with reading(self.engine) as connection:
            return {KeyId(row.id): row.name for row in await connection.execute(query)}

    @override
    async def expiring(self, after: datetime, until: datetime, *, limit: int) -> Sequence[ApiKey]:
        expires = api_keys.c.expires
        due = (expires > after) & (expires <= until) & api_keys.c.revoked.is_(None)
        moments = sa.select(expires).where(due).order_by(expires).limit(limit).subquery()
        last = sa.select(sa.func.max(moments.c.expires)).scalar_subquery()
        query = api_keys.select().where(due & (expires <= last)).order_by(expires)
        return await find_all(self.engine, query, key_of)

    @override
    async def find_key(self, key_hash: KeyHash) -> ApiKey | None:
        query = api_keys.select().where(api_keys.c.hash == key_hash)
        return await find_first(self.engine, query, key_of)

    @override
    async def end_key(self, org: OrgId, key: KeyId, *, at: datetime) -> None:
        async with transaction(self.engine) as connection:
            mine = (api_keys.c.org == org) & (api_keys.c.id == key)
            if (await connection.execute(sa.select(api_keys.c.id).where(mine))).first() is None:
                raise NotFound("The organisation has no such key.")
            later = sa.or_(api_keys.c.revoked.is_(None), api_keys.c.revoked > at)
            await connection.execute(api_keys.update().where(mine & later).values(revoked=at))

    @override
    async def change_key(self, key: ApiKey) -> None:
        mine = (api_keys.c.org == key.org) & (api_keys.c.id == key.id)
        values = {name: key_to(key)[name] for name in _CHANGED}
        if not await execute(self.engine, api_keys.update().where(mine).values(values)):
            raise NotFound("The organisation has no such key.")

    @override
    async def note_uses(self, uses: Mapping[KeyId, datetime]) -> None:
        async with transaction(self.engine) as connection:
            await mark_used(connection, uses)

    @override
    async def snapshot(self, org: OrgId, *, at: datetime) -> OrgSnapshot | GoneOrg | None:
        async with one_look(self.engine) as connection:
            known = await self._org(connection, org)
            if known is not None:
                rows = await connection.execute(keys_of(org, KeyFilter(works_at=at)))
                cap = await cap_of(connection, org)
                return OrgSnapshot.of(known, tuple(values_of(rows, key_of)), at=at, cap=cap)
            gone = sa.select(gone_orgs.c.version).where(gone_orgs.c.org == org)
            version = await connection.scalar(gone)
            return None if version is None else GoneOrg(org, version)

    @override
    async def touch(self, org: OrgId, *, above: int) -> None:
        higher = sa.case((orgs.c.version < above, above), else_=orgs.c.version) + 1
        await self._change(org, orgs.update().where(orgs.c.id == org).values(version=higher))

    async def _change(self, org: OrgId, statement: sa.UpdateBase) -> None:
        async with transaction(self.engine) as connection:
            await hold(connection, org)
            await connection.execute(statement)

    async def _org(self, connection: AsyncConnection, org: OrgId) -> Org | None:
        rows = (await connection.execute(_ORG, {"org": org})).mappings().all()
        if not rows:
            return None
        own = {row["limit"]: row["value"] for row in rows}
        return org_of(rows[0], own, plan_limits_of(rows[0]["plan_limits"]))

    async def _put_limits(
        self,
        connection: AsyncConnection,
        org: OrgId,
        own: Mapping[str, int | None],
    ) -> None:
        rows = [{"org": org, "name": name, "value": value} for name, value in own.items()]
        if rows:
            await connection.execute(org_limits.insert().values(rows))
