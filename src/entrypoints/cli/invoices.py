"""`aldea invoices`: makes invoices from the ledger, month by month."""

import os
import sys

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from entrypoints.cli.account import Account, account_options, account_or_database_options
from entrypoints.cli.backend_client import BackendClient
from entrypoints.cli.choosing import chosen
from entrypoints.cli.database import database_options, note, on_database
from entrypoints.cli.errors import BackendRefused, CommandError
from entrypoints.cli.groups import ListingGroup
from entrypoints.cli.tables import show, show_items, show_json
from entrypoints.cli.texts import day, money
from entrypoints.cli.verify_invoice import command as verify


if TYPE_CHECKING:
    from aldea_core.domain.billing.invoices import Invoice
    from entrypoints.containers.services import Services


_Result = TypeVar("_Result")
_INVOICE_NAMES = ("number", "month")


@click.group(cls=ListingGroup)
def command() -> None:
    """
    List, open and verify invoices and credit notes.

    For operators, on a database: make the invoices of a month, issue and settle them.
    """


command.add_command(verify)


@command.command(
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

    show(_on_database(data, database_url, work), as_json=as_json)


@command.command("list", epilog="\b\nExamples:\n  aldea invoices\n  aldea invoices list --org Acme")
@account_or_database_options
def list_(account: Account) -> None:
    """List the invoices of an organisation, newest first."""

    async def over_http(client: BackendClient, org: str) -> dict[str, Any]:
        return await client.items(f"/v1/orgs/{org}/invoices")

    async def in_database(services: "Services", org: str) -> dict[str, Any]:
        import msgspec

        from aldea_core.domain.ids import OrgId
        from entrypoints.backend.resources.money_documents import InvoiceDocument

        found = await services.billing.invoices().invoices(OrgId(org), limit=1000)
        return {
            "items": [msgspec.to_builtins(InvoiceDocument.of(one)) for one in found],
            "next": None,
        }

    found = account.anywhere(over_http, in_database)
    show_items(
        found,
        lambda one: {
            "id": one["id"],
            "number": one["number"],
            "month": one["month"],
            "status": one["status"],
            "total": money(one["total"], one["currency"]),
            "issued": day(one["issued_at"]),
            "settled": day(one["settled_at"]),
            "pay at": one["pay_url"],
        },
        as_json=account.as_json,
    )


@command.command(
    "credit-notes",
    epilog="\b\nExamples:\n  aldea invoices credit-notes\n"
    "  aldea invoices credit-notes --org Acme --json",
)
@account_options
def credit_notes(account: Account) -> None:
    """List what was given back of invoices, newest first."""

    async def work(client: BackendClient, org: str) -> dict[str, Any]:
        return await client.items(f"/v1/orgs/{org}/credit-notes")

    found = account.over_http(work)
    show_items(
        found,
        lambda one: {
            "id": one["id"],
            "number": one["number"],
            "invoice": one["invoice_number"],
            "total": money(one["total"], one["currency"]),
            "reason": one["reason"],
            "issued": day(one["issued_at"]),
        },
        as_json=account.as_json,
    )


@command.command(
    "open",
    epilog="\b\nExamples:\n  aldea invoices open 2026-10\n"
    "  aldea invoices open 2026-000007 --output invoice.pdf\n"
    "  aldea invoices open CN-2026-000001",
)
@click.argument("invoice", metavar="MONTH|NUMBER|ID")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write it to, instead of showing it.",
)
@account_options
def open_(account: Account, invoice: str, output: Path | None) -> None:
    """
    Show an invoice or a credit note as a PDF.

    It is a page where the PDF's font lacks a character.
    """
    is_credit_note = invoice.upper().startswith("CN-")
    noun, names = ("credit note", ("number",)) if is_credit_note else ("invoice", _INVOICE_NAMES)

    async def work(client: BackendClient, org: str) -> tuple[Any, bytes, str]:
        base = f"/v1/orgs/{org}/{noun.replace(' ', '-')}s"
        items = (await client.items(base))["items"]
        one = chosen(items, invoice, noun, names=names, prefer=_is_valid)
        if account.as_json:
            return await client.get(f"{base}/{one['id']}"), b"", ""
        try:
            return one, (await client.call("GET", f"{base}/{one['id']}/pdf")).body, ".pdf"
        except BackendRefused as error:
            if error.status != 409:
                raise
            return one, (await client.call("GET", f"{base}/{one['id']}/html")).body, ".html"

    document, content, ending = account.over_http(work)
    if account.as_json:
        show_json(document)
        return
    name = f"{noun.replace(' ', '-')}-{document['number'] or document['month']}"
    path = output or Path(name + ending)
    path.write_bytes(content)
    click.echo(f"Written to {path}.")
    if output is None and sys.stdout.isatty():
        click.launch(str(path))


@command.command(epilog="\b\nExample:\n  aldea invoices issue INVOICE INVOICE")
@click.argument("invoices", nargs=-1, required=True, metavar="INVOICE...")
@database_options
def issue(invoices: tuple[str, ...], data: Path, database_url: str | None, as_json: bool) -> None:
    """Give drafts their numbers, and have them collected."""
    _settle("issue", invoices, data, database_url, as_json=as_json)


@command.command(epilog="\b\nExample:\n  aldea invoices pay INVOICE")
@click.argument("invoices", nargs=-1, required=True, metavar="INVOICE...")
@database_options
def pay(invoices: tuple[str, ...], data: Path, database_url: str | None, as_json: bool) -> None:
    """Note that issued invoices were paid."""
    _settle("pay", invoices, data, database_url, as_json=as_json)


@command.command(epilog="\b\nExample:\n  aldea invoices void INVOICE")
@click.argument("invoices", nargs=-1, required=True, metavar="INVOICE...")
@database_options
def void(invoices: tuple[str, ...], data: Path, database_url: str | None, as_json: bool) -> None:
    """Take invoices back: what they billed goes on the next ones."""
    _settle("void", invoices, data, database_url, as_json=as_json)


def _is_valid(document: Mapping[str, Any]) -> bool:
    return document.get("status") != "void"


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
