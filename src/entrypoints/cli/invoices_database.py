"""Invoices in a database: made from the ledger month by month, issued and settled by operators."""

import os
import sys

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from entrypoints.cli.database import database_options, note, on_database
from entrypoints.cli.errors import CommandError
from entrypoints.cli.tables import show


if TYPE_CHECKING:
    from aldea_core.domain.billing.invoices import Invoice
    from entrypoints.containers.services import Services


_Result = TypeVar("_Result")


@click.command(
    epilog="\b\nExamples:\n  aldea invoices make --month 2026-10\n"
    "  aldea invoices make --month 2026-10 --org ORG --json",
)
@click.option("--month", required=True, help="One that is over, as 2026-10.")
@click.option("--org", help="Of this organisation alone.")
@database_options
def make(month: str, org: str | None, data: Path, database_url: str | None, as_json: bool) -> None:
    """Make the invoices of a month, as drafts. Made twice, they are the same."""
    from aldea_core.domain.billing.months import Month
    from aldea_core.domain.ids import OrgId

    wanted = Month.parse(month)

    async def work(services: "Services") -> list[dict[str, Any]]:
        rows = []
        if org is not None:
            made, new = await services.invoicing.make_invoice()(OrgId(org), wanted)
            if made is None:
                return []
            await _note(services, made, "made", done=new)
            return [_row(made, new=new)]
        with _progress(as_json=as_json) as advance:
            async for one in services.invoicing.make_invoices()(wanted):
                advance()
                if one.invoice is not None:
                    await _note(services, one.invoice, "made", done=one.new)
                    rows.append(_row(one.invoice, name=one.name, new=one.new))
        return rows

    rows = _on_database(data, database_url, work)
    if rows or as_json:
        show(rows, as_json=as_json)
    else:
        click.echo(f"Nothing is owed for {month}, so there is no invoice.")


@click.command(epilog="\b\nExample:\n  aldea invoices issue INVOICE INVOICE")
@click.argument("invoices", nargs=-1, required=True, metavar="INVOICE...")
@database_options
def issue(invoices: tuple[str, ...], data: Path, database_url: str | None, as_json: bool) -> None:
    """Give drafts their numbers, and have them collected."""
    _settle("issue", invoices, data, database_url, as_json=as_json)


@click.command(epilog="\b\nExample:\n  aldea invoices pay INVOICE")
@click.argument("invoices", nargs=-1, required=True, metavar="INVOICE...")
@database_options
def pay(invoices: tuple[str, ...], data: Path, database_url: str | None, as_json: bool) -> None:
    """Note that issued invoices were paid."""
    _settle("pay", invoices, data, database_url, as_json=as_json)


@click.command(epilog="\b\nExample:\n  aldea invoices void INVOICE")
@click.argument("invoices", nargs=-1, required=True, metavar="INVOICE...")
@database_options
def void(invoices: tuple[str, ...], data: Path, database_url: str | None, as_json: bool) -> None:
    """Take invoices back: what they billed goes on the next ones."""
    _settle("void", invoices, data, database_url, as_json=as_json)


COMMANDS = (make, issue, pay, void)


def _settle(
    verb: str,
    invoices: tuple[str, ...],
    data: Path,
    database_url: str | None,
    *,
    as_json: bool,
) -> None:
    from aldea_core.domain.billing.invoices import Invoice, NotNow
    from aldea_core.domain.ids import InvoiceId

    async def work(services: "Services") -> list[dict[str, Any]]:
        works: dict[str, Callable[[InvoiceId], Awaitable[Invoice | NotNow]]] = {
            "issue": services.invoicing.issue_invoice(),
            "pay": services.invoicing.pay_invoice(),
            "void": services.invoicing.void_invoice(),
        }
        rows = []
        for invoice in invoices:
            became = await works[verb](InvoiceId(invoice))
            if isinstance(became, NotNow):
                raise CommandError(f"{invoice}: {became}".rstrip("."))
            await _note(services, became, verb)
            rows.append(_row(became))
        return rows

    show(_on_database(data, database_url, work), as_json=as_json)


async def _note(services: "Services", invoice: "Invoice", verb: str, *, done: bool = True) -> None:
    if done:
        facts = {"month": str(invoice.month), "status": invoice.status.value}
        await note(services, f"invoice.{verb}", invoice.org, invoice.id, after=facts)


def _on_database(
    data: Path,
    database_url: str | None,
    work: "Callable[[Services], Awaitable[_Result]]",
) -> _Result:
    from entrypoints.settings import Settings

    return on_database(data, database_url, work, Settings.read(os.environ))


class _Progress:
    """How many organisations have been processed; on standard error, and only at a terminal."""

    def __init__(self, *, shown: bool) -> None:
        self._shown, self._count = shown, 0

    def __enter__(self) -> Callable[[], None]:
        return self._advance

    def __exit__(self, *_: object) -> None:
        if self._shown and self._count:
            click.echo(err=True)

    def _advance(self) -> None:
        self._count += 1
        if self._shown:
            click.echo(f"\r{self._count:,} organisations", err=True, nl=False)


def _progress(*, as_json: bool) -> _Progress:
    return _Progress(shown=not as_json and sys.stderr.isatty())


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
