"""Credit notes."""

from collections.abc import Sequence
from typing import final

import attrs
import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from typing_extensions import override

from adapters.postgres.engine import reading, transaction
from adapters.postgres.invoice_numbers import next_number
from adapters.postgres.statements import find_all, find_first
from adapters.postgres.tables.invoices import credit_note_numbers, credit_notes, invoices
from aldea_core.domain.billing.credit_notes import CreditNote, NotCreditable
from aldea_core.domain.ids import CreditNoteId, InvoiceId, OrgId
from aldea_core.ports.credit_notes import CreditNotes, DraftNote


@final
@attrs.frozen
class SqlCreditNotes(CreditNotes):
    engine: AsyncEngine

    @override
    async def make(self, invoice: InvoiceId, draft: DraftNote) -> CreditNote | NotCreditable:
        async with transaction(self.engine) as connection:
            # Locks the invoice: a concurrent credit note waits until this transaction ends.
            await connection.execute(
                sa.select(invoices.c.id).where(invoices.c.id == invoice).with_for_update()
            )
            note = draft(await _credited(connection, invoice))
            if isinstance(note, NotCreditable):
                return note
            number = await next_number(connection, credit_note_numbers, note.issued.year)
            made = attrs.evolve(note, number=f"CN-{number}")
            await connection.execute(
                credit_notes.insert().values(attrs.asdict(made, recurse=False))
            )
            return made

    @override
    async def credited(self, invoice: InvoiceId) -> int:
        async with reading(self.engine) as connection:
            return await _credited(connection, invoice)

    @override
    async def of_org(
        self, org: OrgId, *, before: str | None = None, limit: int = 100
    ) -> Sequence[CreditNote]:
        query = credit_notes.select().where(credit_notes.c.org == org)
        if before is not None:
            query = query.where(credit_notes.c.number < before)
        query = query.order_by(credit_notes.c.number.desc()).limit(limit)
        return await find_all(self.engine, query, CreditNote)

    @override
    async def find(self, org: OrgId, note: CreditNoteId) -> CreditNote | None:
        query = credit_notes.select().where(credit_notes.c.org == org, credit_notes.c.id == note)
        return await find_first(self.engine, query, CreditNote)


async def _credited(connection: AsyncConnection, invoice: InvoiceId) -> int:
    amounts = sa.select(sa.func.sum(credit_notes.c.amount))
    return int(await connection.scalar(amounts.where(credit_notes.c.invoice == invoice)) or 0)
