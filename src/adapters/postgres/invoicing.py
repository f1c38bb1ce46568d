"""
The statements that bill usage. Each runs within its caller's transaction.

First the invoice is claimed; a concurrent transaction that claims the same one waits, and finds it
made. Then the unbilled usage is marked as billed by this invoice, and only marked usage is added
up. Usage recorded meanwhile stays unbilled.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.billing_rows import invoice_to, lines_to
from adapters.postgres.inserts import insert_into
from adapters.postgres.tables.billing import (
    invoice_lines,
    invoice_numbers,
    invoiced_usage,
    invoices,
)
from adapters.postgres.tables.usage import usage_records
from adapters.postgres.time_buckets import DAY, began, slot
from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.billing.charges import Usage
from aldea_core.domain.billing.invoices import Invoice, InvoiceStatus
from aldea_core.domain.billing.months import Month
from aldea_core.domain.ids import InvoiceId, OrgId


NOT_VOID = invoices.c.status != InvoiceStatus.VOID.value
_PART = 50_000
_DAY = slot(usage_records.c.started, sa.literal_column(str(DAY)))


async def claim(connection: AsyncConnection, invoice: InvoiceId, org: OrgId, month: Month) -> bool:
    """Inserts the invoice. False if the org already has an invoice of *month*."""
    insert = insert_into(connection, invoices).values(
        id=invoice,
        org=org,
        month=str(month),
        currency="",
        made=month.ends,
        status=InvoiceStatus.DRAFT.value,
        reference="",
        pay_url="",
    )
    claimed = await connection.execute(insert.on_conflict_do_nothing())
    return bool(claimed.rowcount)


async def mark(
    connection: AsyncConnection, invoice: InvoiceId, org: OrgId, month: Month
) -> list[Usage]:
    """Marks all unbilled usage until the end of *month* as billed by *invoice*, and adds it up."""
    records, marks = usage_records.c, invoiced_usage.c
    open_records = (
        sa.select(
            sa.literal(invoice, sa.String),
            records.session,
            records.audio_ms - records.billed_ms,
        )
        .where(_unbilled(org, month))
        .limit(_PART)
        .with_for_update(of=usage_records)  # a record must not change before mark_some
    )
    put_down = invoiced_usage.insert().from_select(["invoice", "session", "audio_ms"], open_records)
    mark_some = (
        usage_records.update()
        .where(
            records.session == marks.session,
            marks.invoice == invoice,
            _unbilled(org, month),
        )
        .values(billed_ms=records.billed_ms + marks.audio_ms)
    )
    # In parts, since a statement has a timeout. Still atomic, in one transaction.
    while (await connection.execute(put_down)).rowcount:
        await connection.execute(mark_some)
    joined = invoiced_usage.join(usage_records, records.session == marks.session)
    return await _added_up(connection, joined, marks.audio_ms, marks.invoice == invoice)


async def unbilled(connection: AsyncConnection, org: OrgId, month: Month) -> list[Usage]:
    records = usage_records.c
    return await _added_up(
        connection, usage_records, records.audio_ms - records.billed_ms, _unbilled(org, month)
    )


async def unbilled_ms(connection: AsyncConnection, before: datetime) -> int:
    records = usage_records.c
    of_all = (records.started < before) & (records.billed_ms != records.audio_ms)
    query = sa.select(sa.func.sum(records.audio_ms - records.billed_ms)).where(of_all)
    return int(await connection.scalar(query) or 0)


async def used(connection: AsyncConnection, org: OrgId, month: Month) -> list[Usage]:
    records = usage_records.c
    in_month = sa.and_(
        records.org == org,
        records.started >= month.begins,
        records.started < month.ends,
        records.audio_ms != 0,
    )
    return await _added_up(connection, usage_records, records.audio_ms, in_month)


def _unbilled(org: OrgId, month: Month) -> sa.ColumnElement[bool]:
    records = usage_records.c
    return sa.and_(
        records.org == org,
        records.started < month.ends,
        records.billed_ms != records.audio_ms,
    )


async def _added_up(
    connection: AsyncConnection,
    source: sa.FromClause,
    audio_ms: sa.ColumnElement[int],
    which: sa.ColumnElement[bool],
) -> list[Usage]:
    records = usage_records.c
    by = (_DAY.label("day"), records.kind, records.model)
    query = (
        sa.select(*by, sa.func.sum(audio_ms).label("audio_ms"), sa.func.count().label("sessions"))
        .select_from(source)
        .where(which)
        .group_by(_DAY, records.kind, records.model)
    )
    audio: Counter[tuple[Month, SessionKind, str]] = Counter()
    sessions: Counter[tuple[Month, SessionKind, str]] = Counter()
    for row in await connection.execute(query):
        of = (Month.of(began(row.day, DAY)), SessionKind(row.kind), row.model)
        audio[of] += int(row.audio_ms)
        sessions[of] += row.sessions
    return [Usage(*of, audio[of], sessions[of]) for of in sorted(audio)]


async def included(connection: AsyncConnection, org: OrgId) -> Mapping[Month, int]:
    """Included milliseconds that the org's invoices have used, by month."""
    query = (
        sa.select(invoice_lines.c.month, sa.func.sum(invoice_lines.c.included_ms))
        .join(invoices, invoices.c.id == invoice_lines.c.invoice)
        .where(invoices.c.org == org, NOT_VOID)
        .group_by(invoice_lines.c.month)
    )
    return {Month.parse(month): int(ms) for month, ms in await connection.execute(query)}


async def write(connection: AsyncConnection, invoice: Invoice) -> None:
    """Fills in a claimed invoice."""
    await change(connection, invoice)
    await connection.execute(invoice_lines.insert(), lines_to(invoice))


async def change(connection: AsyncConnection, invoice: Invoice) -> None:
    await connection.execute(
        invoices.update().where(invoices.c.id == invoice.id).values(invoice_to(invoice)),
    )


async def unmark(connection: AsyncConnection, invoice: InvoiceId) -> None:
    """Marks the usage that *invoice* billed as unbilled again."""
    records, marks = usage_records.c, invoiced_usage.c
    await connection.execute(
        usage_records.update()
        .where(records.session == marks.session, marks.invoice == invoice)
        .values(billed_ms=records.billed_ms - marks.audio_ms),
    )
    await connection.execute(invoiced_usage.delete().where(marks.invoice == invoice))


async def next_number(connection: AsyncConnection, year: int) -> str:
    """The next invoice number, without gaps: the next caller waits until this transaction ends."""
    insert = insert_into(connection, invoice_numbers).values(year=year, last=1)
    counted = await connection.execute(
        insert.on_conflict_do_update(
            index_elements=["year"], set_={"last": invoice_numbers.c.last + 1}
        ).returning(invoice_numbers.c.last),
    )
    return f"{year}-{counted.scalar_one():06}"
