"""
The statements that bill usage. Each runs within its caller's transaction.

First the invoice is claimed; a concurrent transaction that claims the same one waits, and finds it
made. Then the unbilled usage is marked as billed by this invoice, and only marked usage is added
up. Usage recorded meanwhile stays unbilled.

Invoices bill in the order of time: an invoice marks nothing that began after its month. What began
after the last month with an invoice is therefore unbilled as a whole, and is read from the sums by
day (`usage_rollup`); only what is late is looked for in the ledger.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.billing_rows import invoice_to, lines_to
from adapters.postgres.statements import insert_into
from adapters.postgres.tables.invoices import (
    invoice_lines,
    invoiced_usage,
    invoices,
)
from adapters.postgres.tables.usage import usage_records, usage_rollup
from adapters.postgres.time_buckets import month_of, month_slot
from aldea_core.domain.billing.charges import Usage
from aldea_core.domain.billing.invoices import Invoice, InvoiceStatus
from aldea_core.domain.billing.months import Month
from aldea_core.domain.ids import InvoiceId, OrgId


NOT_VOID = invoices.c.status != InvoiceStatus.VOID
_PART = 50_000


async def claim(connection: AsyncConnection, invoice: InvoiceId, org: OrgId, month: Month) -> bool:
    """Inserts the invoice. False if the org already has an invoice of *month*."""
    insert = insert_into(connection, invoices).values(
        id=invoice,
        org=org,
        month=month,
        currency="",
        made=month.ends,
        status=InvoiceStatus.DRAFT,
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
    """What `mark` would add up; *connection* sees the database at one moment."""
    last = sa.select(sa.func.max(invoices.c.month)).where(invoices.c.org == org, NOT_VOID)
    until: Month | None = await connection.scalar(last)
    if until is None:
        return await _added_up_by_day(connection, org, None, month)
    records = usage_records.c
    late = await _added_up(
        connection,
        usage_records,
        records.audio_ms - records.billed_ms,
        _unbilled(org, min(until, month)),
    )
    if until >= month:
        return late
    # No month is in both: the sums begin where the last invoice ends.
    return [*late, *await _added_up_by_day(connection, org, until.next, month)]


async def unbilled_ms(connection: AsyncConnection, before: datetime) -> int:
    records = usage_records.c
    query = sa.select(sa.func.sum(records.audio_ms - records.billed_ms))
    return int(await connection.scalar(query.where(_unbilled_of_all(before))) or 0)


async def unbilled_orgs(connection: AsyncConnection, before: datetime) -> list[OrgId]:
    org = usage_records.c.org
    query = sa.select(org).where(_unbilled_of_all(before)).distinct().order_by(org)
    return [OrgId(found) for found in (await connection.execute(query)).scalars()]


async def used(connection: AsyncConnection, org: OrgId, month: Month) -> list[Usage]:
    return await _added_up_by_day(connection, org, month, month)


def _unbilled(org: OrgId, month: Month) -> sa.ColumnElement[bool]:
    return sa.and_(usage_records.c.org == org, _unbilled_of_all(month.ends))


def _unbilled_of_all(before: datetime) -> sa.ColumnElement[bool]:
    records = usage_records.c
    return sa.and_(records.started < before, records.billed_ms != records.audio_ms)


async def _added_up(
    connection: AsyncConnection,
    source: sa.FromClause,
    audio_ms: sa.ColumnElement[int],
    which: sa.ColumnElement[bool],
) -> list[Usage]:
    records = usage_records.c
    query = _by_month(records, records.started, audio_ms, sa.func.count()).select_from(source)
    return await _usage(connection, query.where(which))


async def _added_up_by_day(
    connection: AsyncConnection, org: OrgId, first: Month | None, last: Month
) -> list[Usage]:
    """All usage from *first* to *last*, both included; None begins with the oldest."""
    days = usage_rollup.c
    which = [days.org == org, days.unit == "day", days.began < last.ends, days.audio_ms != 0]
    if first is not None:
        which.append(days.began >= first.begins)
    query = _by_month(days, days.began, days.audio_ms, sa.func.sum(days.sessions))
    return await _usage(connection, query.where(*which))


def _by_month(
    columns: Any,
    at: sa.ColumnElement[datetime],
    audio_ms: sa.ColumnElement[int],
    sessions: sa.ColumnElement[int],
) -> sa.Select[Any]:
    month = month_slot(at)
    by = (month.label("month"), columns.kind, columns.model)
    sums = (sa.func.sum(audio_ms).label("audio_ms"), sessions.label("sessions"))
    return sa.select(*by, *sums).group_by(month, columns.kind, columns.model)


async def _usage(connection: AsyncConnection, by_month: sa.Select[Any]) -> list[Usage]:
    found = [
        (
            month_of(row.month),
            row.kind,
            row.model,
            int(row.audio_ms),
            int(row.sessions),
        )
        for row in await connection.execute(by_month)
    ]
    return [Usage(*one) for one in sorted(found)]


async def included(connection: AsyncConnection, org: OrgId) -> Mapping[Month, int]:
    """Included milliseconds that the org's invoices have used, by month."""
    query = (
        sa.select(invoice_lines.c.month, sa.func.sum(invoice_lines.c.included_ms))
        .join(invoices, invoices.c.id == invoice_lines.c.invoice)
        .where(invoices.c.org == org, NOT_VOID)
        .group_by(invoice_lines.c.month)
    )
    return {month: int(ms) for month, ms in await connection.execute(query)}


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
