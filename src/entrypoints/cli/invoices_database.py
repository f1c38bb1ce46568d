"""Invoices in a database: made from the ledger month by month, issued and settled by operators."""

import sys

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

import click

from entrypoints.cli.database import Database, database_options, note
from entrypoints.cli.errors import CommandError
from entrypoints.cli.tables import show


if TYPE_CHECKING:
    from aldea_core.domain.billing.invoices import Invoice
    from aldea_core.domain.ids import InvoiceId
    from entrypoints.containers.services import Services


@click.command(
    epilog="\b\nExamples:\n  aldea invoices make --month 2026-10\n"
    "  aldea invoices make --month 2026-10 --org ORG --json",
)
@click.option("--month", required=True, help="One that is over, as 2026-10.")
@click.option("--org", help="Of this organisation alone.")
@database_options
def make(month: str, org: str | None, database: Database) -> None:
    """Make the invoices of a month, as drafts. Made twice, they are the same."""
    from aldea_core.domain.billing.months import Month
    from aldea_core.domain.ids import OrgId

    wanted = Month.parse(month)
    rows: list[dict[str, Any]] = []

    async def work(services: "Services") -> None:
        if org is not None:
            made, new = await services.invoicing.make_invoice()(OrgId(org), wanted)
            if made is not None:
                await _note_made(services, made, new=new)
                rows.append(_row(made, new=new))
            return
        with _progress(shown=not database.as_json and sys.stderr.isatty()) as advance:
            async for one in services.invoicing.make_invoices()(wanted):
                advance()
                if one.invoice is not None:
                    await _note_made(services, one.invoice, new=one.new)
                    rows.append(_row(one.invoice, name=one.name, new=one.new))

    with _shown(rows, database):
        database.run(work, reads_settings=True)
    if not rows and not database.as_json:
        click.echo(f"Nothing is owed for {month}, so there is no invoice.")


@click.command(epilog="\b\nExample:\n  aldea invoices issue INVOICE INVOICE")
@click.argument("invoices", nargs=-1, required=True, metavar="INVOICE...")
@database_options
def issue(invoices: tuple[str, ...], database: Database) -> None:
    """Give drafts their numbers, and have them collected."""
    _settle("issue", invoices, database)


@click.command(epilog="\b\nExample:\n  aldea invoices pay INVOICE")
@click.argument("invoices", nargs=-1, required=True, metavar="INVOICE...")
@database_options
def pay(invoices: tuple[str, ...], database: Database) -> None:
    """Note that issued invoices were paid."""
    _settle("pay", invoices, database)


@click.command(epilog="\b\nExample:\n  aldea invoices void INVOICE")
@click.argument("invoices", nargs=-1, required=True, metavar="INVOICE...")
@database_options
def void(invoices: tuple[str, ...], database: Database) -> None:
    """Take invoices back: what they billed goes on the next ones."""
    _settle("void", invoices, database)


COMMANDS = (make, issue, pay, void)


def _settle(verb: str, invoices: tuple[str, ...], database: Database) -> None:
    from aldea_core.domain.billing.invoices import NotNow
    from aldea_core.domain.ids import InvoiceId

    rows: list[dict[str, Any]] = []

    async def work(services: "Services") -> None:
        works: dict[str, Callable[[InvoiceId], Awaitable[Invoice | NotNow]]] = {
            "issue": services.invoicing.issue_invoice(),
            "pay": services.invoicing.pay_invoice(),
            "void": services.invoicing.void_invoice(),
        }
        for invoice in map(InvoiceId, invoices):
            async with _noting(services, invoice, verb):
                became = await works[verb](invoice)
            if isinstance(became, NotNow):
                raise CommandError(f"{invoice}: {became}".rstrip("."))
            rows.append(_row(became))

    with _shown(rows, database):
        database.run(work, reads_settings=True)


@contextmanager
def _shown(rows: list[dict[str, Any]], database: Database) -> Iterator[None]:
    """Shows the rows of what is done, also if it ends with an error."""
    try:
        yield
    finally:
        if rows or database.as_json:
            show(rows, as_json=database.as_json)


@asynccontextmanager
async def _noting(services: "Services", invoice: "InvoiceId", verb: str) -> AsyncIterator[None]:
    """
    Notes what became of the invoice, also if its change fails: a provider that does not answer leaves
    it issued, and one that has collected it leaves it paid.
    """
    find = services.billing.invoices().find
    before = await find(invoice)
    try:
        yield
    finally:
        after = await find(invoice)
        if before is not None and after is not None:
            facts = _facts(before), _facts(after)
            await note(services, f"invoice.{verb}", after.org, invoice, *facts)


async def _note_made(services: "Services", invoice: "Invoice", *, new: bool) -> None:
    if new:
        await note(services, "invoice.made", invoice.org, invoice.id, after=_facts(invoice))


def _facts(invoice: "Invoice") -> dict[str, str]:
    return {"month": str(invoice.month), "status": invoice.status.value}


@contextmanager
def _progress(*, shown: bool) -> Iterator[Callable[[], None]]:
    """Called for each organisation that has been processed; if *shown*, writes their number to standard error."""
    count = 0

    def advance() -> None:
        nonlocal count
        count += 1
        if shown:
            click.echo(f"\r{count:,} organisations", err=True, nl=False)

    try:
        yield advance
    finally:
        if shown and count:
            click.echo(err=True)


def _row(invoice: "Invoice", *, name: str | None = None, new: bool | None = None) -> dict[str, Any]:
    from aldea_core.domain.billing.money import decimal

    return {
        "id": invoice.id,
        "org_id": invoice.org,
        "name": name,
        "month": str(invoice.month),
        "status": invoice.status.value,
        "number": invoice.number or None,
        "total": f"{decimal(invoice.total, invoice.currency):f}",
        "currency": invoice.currency,
        "lines": len(invoice.lines),
        "new": new,
    }
