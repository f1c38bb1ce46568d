"""Invoices, and the usage that each one bills."""

from collections.abc import Sequence
from datetime import datetime
from typing import final

import attrs
import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from typing_extensions import override

from adapters.postgres import billing_statements
from adapters.postgres.billing_rows import invoice_of
from adapters.postgres.engine import one_look, reading, transaction
from adapters.postgres.invoice_numbers import next_number
from adapters.postgres.paging import paged
from adapters.postgres.tables.invoices import invoice_lines, invoice_numbers, invoices
from aldea_core.domain.billing.charges import Unbilled, Usage
from aldea_core.domain.billing.invoices import (
    EVERY_INVOICE,
    Invoice,
    InvoiceFilter,
    InvoicePlace,
    InvoiceStatus,
    NotNow,
    may_become,
)
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.payments import Requested
from aldea_core.domain.billing.profiles import InvoiceTerms
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import InvoiceId, OrgId
from aldea_core.domain.pages import NEWEST_FIRST, Page
from aldea_core.ports.invoices import Draft, Invoices


_PLACE = (invoices.c.month, invoices.c.made, invoices.c.id)


@final
@attrs.frozen
class SqlInvoices(Invoices):
    engine: AsyncEngine

    @override
    async def make(
        self, invoice: InvoiceId, org: OrgId, month: Month, draft: Draft
    ) -> tuple[Invoice | None, bool]:
        async with transaction(self.engine) as connection, connection.begin_nested() as undoable:
            if not await billing_statements.claim(connection, invoice, org, month):
                of_month = (invoices.c.org == org) & (invoices.c.month == month)
                return await _find(connection, of_month & billing_statements.NOT_VOID), False
            usage = await billing_statements.mark(connection, invoice, org, month)
            made = draft(Unbilled(usage, await billing_statements.included(connection, org)))
            if made is None:
                await undoable.rollback()
                return None, False
            await billing_statements.write(connection, made)
            return made, True

    @override
    async def used(self, org: OrgId, month: Month) -> Sequence[Usage]:
        async with reading(self.engine) as connection:
            return await billing_statements.used(connection, org, month)

    @override
    async def unbilled(self, org: OrgId, month: Month) -> Unbilled:
        async with one_look(self.engine) as connection:
            usage = await billing_statements.unbilled(connection, org, month)
            return Unbilled(usage, await billing_statements.included(connection, org))

    @override
    async def unbilled_ms(self, *, before: datetime) -> int:
        async with reading(self.engine) as connection:
            return await billing_statements.unbilled_ms(connection, before)

    @override
    async def unbilled_orgs(self, *, before: datetime) -> Sequence[OrgId]:
        async with reading(self.engine) as connection:
            return await billing_statements.unbilled_orgs(connection, before)

    @override
    async def invoice(self, org: OrgId, invoice: InvoiceId) -> Invoice | None:
        async with reading(self.engine) as connection:
            mine = (invoices.c.org == org) & (invoices.c.id == invoice)
            return await _find(connection, mine)

    @override
    async def find(self, invoice: InvoiceId) -> Invoice | None:
        async with reading(self.engine) as connection:
            return await _find(connection, invoices.c.id == invoice)

    @override
    async def invoices(
        self, which: InvoiceFilter = EVERY_INVOICE, page: Page[InvoicePlace] = NEWEST_FIRST
    ) -> Sequence[Invoice]:
        query = invoices.select()
        if which.org is not None:
            query = query.where(invoices.c.org == which.org)
        if which.status is not None:
            query = query.where(invoices.c.status == which.status)
        async with reading(self.engine) as connection:
            return await _read(connection, paged(query, page, *_PLACE))

    @override
    async def become(
        self,
        invoice: InvoiceId,
        status: InvoiceStatus,
        *,
        at: datetime,
        was: InvoiceStatus | None = None,
        terms: InvoiceTerms | None = None,
    ) -> Invoice | NotNow:
        async with transaction(self.engine) as connection:
            known = await self._known(connection, invoice)
            if known.status is status:
                return known
            if not may_become(known.status, status, was=was):
                return NotNow(known.status)
            if status is InvoiceStatus.ISSUED:
                number = await next_number(connection, invoice_numbers, at.year)
                changed = known.issued_at(at, number, terms)
            else:
                changed = attrs.evolve(known, status=status, settled=at)
            if status is InvoiceStatus.VOID:
                await billing_statements.unmark(connection, invoice)
            await billing_statements.change(connection, changed)
            return changed

    @override
    async def requested(self, invoice: InvoiceId, requested: Requested) -> None:
        async with transaction(self.engine) as connection:
            known = await self._known(connection, invoice)
            await billing_statements.change(
                connection,
                attrs.evolve(known, reference=requested.reference, pay_url=requested.pay_url),
            )

    async def _known(self, connection: AsyncConnection, invoice: InvoiceId) -> Invoice:
        # Locks the invoice: a concurrent change waits until this transaction ends.
        await connection.execute(
            sa.select(invoices.c.id).where(invoices.c.id == invoice).with_for_update(),
        )
        found = await _find(connection, invoices.c.id == invoice)
        if found is None:
            raise NotFound("There is no such invoice.")
        return found


async def _find(connection: AsyncConnection, which: sa.ColumnElement[bool]) -> Invoice | None:
    found = await _read(connection, invoices.select().where(which).limit(1))
    return found[0] if found else None


async def _read(connection: AsyncConnection, query: sa.Select[tuple[object, ...]]) -> list[Invoice]:
    rows = (await connection.execute(query)).mappings().all()
    lines_query = (
        invoice_lines.select()
        .where(invoice_lines.c.invoice.in_([row["id"] for row in rows]))
        .order_by(invoice_lines.c.place)
    )
    lines = (await connection.execute(lines_query)).mappings().all()
    return [
        invoice_of([line for line in lines if line["invoice"] == row["id"]], **row) for row in rows
    ]
