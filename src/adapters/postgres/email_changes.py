"""Changes of addresses."""

from typing import Any, final

import attrs
import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from adapters.postgres.statements import execute, find_first, put_into
from adapters.postgres.tables.people import email_changes
from aldea_core.domain.access.people import EmailChange
from aldea_core.domain.access.tokens import TokenKind
from aldea_core.domain.ids import EmailChangeId, TokenHash, UserId
from aldea_core.ports.email_changes import EmailChanges


_SIDES = {TokenKind.CHANGE_FROM: "from", TokenKind.CHANGE_TO: "to"}


@final
@attrs.frozen
class SqlEmailChanges(EmailChanges):
    engine: AsyncEngine

    @override
    async def put(self, change: EmailChange) -> None:
        put = put_into(self.engine, email_changes, _change_to(change), by=["user"])
        await execute(self.engine, put)

    @override
    async def find(self, change: EmailChangeId) -> EmailChange | None:
        return await self._where(email_changes.c.id == change)

    @override
    async def of_token(self, token: TokenHash) -> EmailChange | None:
        known = email_changes.c
        return await self._where((known.from_token == token) | (known.to_token == token))

    @override
    async def of_user(self, user: UserId) -> EmailChange | None:
        return await self._where(email_changes.c.user == user)

    @override
    async def remove(self, user: UserId) -> None:
        await execute(self.engine, email_changes.delete().where(email_changes.c.user == user))

    async def _where(self, condition: sa.ColumnElement[bool]) -> EmailChange | None:
        return await find_first(self.engine, email_changes.select().where(condition), _change_of)


def _change_to(change: EmailChange) -> dict[str, Any]:
    row = {"id": change.id, "user": change.user, "email": change.email, "expires": change.expires}
    for kind, side in _SIDES.items():
        row[f"{side}_token"] = change.tokens.get(kind)
        row[f"{side}_confirmed"] = kind in change.confirmed
    return row


def _change_of(**row: Any) -> EmailChange:
    tokens = {kind: row[f"{side}_token"] for kind, side in _SIDES.items()}
    return EmailChange(
        row["id"],
        row["user"],
        row["email"],
        row["expires"],
        {kind: token for kind, token in tokens.items() if token is not None},
        frozenset(kind for kind, side in _SIDES.items() if row[f"{side}_confirmed"]),
    )
