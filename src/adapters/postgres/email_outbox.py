"""The outbox of emails."""

from datetime import datetime
from typing import Any, final

import attrs
import sqlalchemy as sa

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from adapters.postgres.engine import reading, transaction
from adapters.postgres.statements import execute, find_first
from adapters.postgres.tables.people import emails
from aldea_core.domain.access.emails import Email, WantedToken
from aldea_core.domain.access.tokens import TokenKind
from aldea_core.domain.ids import EmailId
from aldea_core.ports.email_outbox import EmailOutbox, OutboxState, WaitingEmail


_WAITING, _SENT, _FAILED = "waiting", "sent", "failed"
_LONGEST_REASON = 200
# An email whose kind of token only newer versions know waits for them.
_IS_KNOWN = emails.c.token_kind.is_(None) | emails.c.token_kind.in_(list(TokenKind))


@final
@attrs.frozen
class SqlEmailOutbox(EmailOutbox):
    """A claim is a time until which the row is not due, so no transaction is open while sending."""

    engine: AsyncEngine

    @override
    async def add(self, email: Email, *, at: datetime) -> None:
        wanted = email.wanted_token
        row = {
            "recipient": email.to,
            "subject": email.subject,
            "text": email.text,
            "token_kind": wanted and wanted.kind,
            "token_owner": wanted and wanted.owner,
            "status": _WAITING,
            "added": at,
            "due": at,
            "failures": 0,
            "reason": "",
        }
        await execute(self.engine, emails.insert().values(row))

    @override
    async def claim(self, *, at: datetime, until: datetime) -> WaitingEmail | None:
        first = (
            sa.select(emails.c.id)
            .where(emails.c.status == _WAITING, emails.c.due <= at, _IS_KNOWN)
            .order_by(emails.c.due, emails.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        claimed = (
            emails.update()
            .where(emails.c.id == first.scalar_subquery())
            .values(due=until)
            .returning(*emails.c)
        )
        async with transaction(self.engine) as connection:
            row = (await connection.execute(claimed)).mappings().first()
        return None if row is None else _email_of(row)

    @override
    async def is_waiting(self, email: EmailId) -> bool:
        query = sa.select(emails.c.id).where(emails.c.id == email, emails.c.status == _WAITING)
        return await find_first(self.engine, query, dict) is not None

    @override
    async def mark_sent(self, email: EmailId, *, at: datetime) -> None:
        await self._change(email, status=_SENT, due=at, text="", reason="")

    @override
    async def postpone(self, email: EmailId, reason: str, *, until: datetime) -> None:
        failures = emails.c.failures + 1
        await self._change(email, due=until, failures=failures, reason=reason[:_LONGEST_REASON])

    @override
    async def mark_failed(self, email: EmailId, reason: str, *, at: datetime) -> None:
        reason = reason[:_LONGEST_REASON]
        failures = emails.c.failures + 1
        await self._change(email, status=_FAILED, due=at, text="", failures=failures, reason=reason)

    @override
    async def remove(self, email: EmailId) -> None:
        await self._delete(emails.c.id == email)

    @override
    async def withdraw(self, owner: str) -> None:
        await self._delete((emails.c.token_owner == owner) & (emails.c.status == _WAITING))

    @override
    async def state(self) -> OutboxState:
        counted = sa.select(emails.c.status, sa.func.count(), sa.func.min(emails.c.added))
        query = counted.where(emails.c.status != _SENT).group_by(emails.c.status)
        async with reading(self.engine) as connection:
            rows = {row[0]: row for row in await connection.execute(query)}
        waiting, failed = rows.get(_WAITING), rows.get(_FAILED)
        return OutboxState(
            waiting[1] if waiting else 0,
            waiting[2] if waiting else None,
            failed[1] if failed else 0,
        )

    @override
    async def forget(self, *, before: datetime) -> None:
        await self._delete((emails.c.status != _WAITING) & (emails.c.due < before))

    async def _change(self, email: EmailId, **values: Any) -> None:
        """Changes an email unless it is sent or given up already."""
        this = (emails.c.id == email) & (emails.c.status == _WAITING)
        await execute(self.engine, emails.update().where(this).values(values))

    async def _delete(self, condition: sa.ColumnElement[bool]) -> None:
        await execute(self.engine, emails.delete().where(condition))


def _email_of(row: RowMapping) -> WaitingEmail:
    wanted = None
    if row["token_kind"] is not None:
        wanted = WantedToken(row["token_kind"], row["token_owner"])
    email = Email(row["recipient"], row["subject"], row["text"], wanted)
    return WaitingEmail(EmailId(row["id"]), email, row["added"], row["failures"])
