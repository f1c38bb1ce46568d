"""Passkeys."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, final

import attrs
import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from adapters.postgres.statements import execute, find_all, insert_into
from adapters.postgres.tables.sign_in_methods import passkeys
from aldea_core.domain.access.passkeys import Credential, Passkey
from aldea_core.domain.ids import PasskeyId, UserId
from aldea_core.ports.passkeys import Passkeys


@final
@attrs.frozen
class SqlPasskeys(Passkeys):
    engine: AsyncEngine

    @override
    async def add(self, passkey: Passkey) -> bool:
        row = {
            "id": passkey.id,
            "user": passkey.user,
            "name": passkey.name,
            "credential": passkey.credential.id,
            "public_key": passkey.credential.public_key,
            "count": passkey.credential.count,
            "created": passkey.created,
            "last_used": passkey.last_used,
        }
        insert = insert_into(self.engine, passkeys).values(row)
        added = insert.on_conflict_do_nothing(index_elements=["credential"])
        return bool(await execute(self.engine, added))

    @override
    async def of_user(self, user: UserId) -> Sequence[Passkey]:
        return await self._where(passkeys.c.user == user)

    @override
    async def of_credential(self, credential: str) -> Passkey | None:
        found = await self._where(passkeys.c.credential == credential)
        return found[0] if found else None

    @override
    async def note_use(self, passkey: PasskeyId, count: int, *, at: datetime) -> None:
        used = passkeys.update().where(passkeys.c.id == passkey).values(count=count, last_used=at)
        await execute(self.engine, used)

    @override
    async def remove(self, user: UserId, passkey: PasskeyId) -> bool:
        this = (passkeys.c.user == user) & (passkeys.c.id == passkey)
        return bool(await execute(self.engine, passkeys.delete().where(this)))

    @override
    async def remove_all(self, user: UserId) -> None:
        await execute(self.engine, passkeys.delete().where(passkeys.c.user == user))

    async def _where(self, condition: sa.ColumnElement[bool]) -> Sequence[Passkey]:
        query = passkeys.select().where(condition).order_by(passkeys.c.created, passkeys.c.id)
        return await find_all(self.engine, query, _passkey)


def _passkey(*, credential: str, public_key: bytes, count: int, **columns: Any) -> Passkey:
    return Passkey(credential=Credential(credential, public_key, count), **columns)
