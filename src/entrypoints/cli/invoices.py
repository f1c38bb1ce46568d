"""`aldea invoices`: lists and opens invoices and credit notes."""

import sys

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from entrypoints.cli.account import (
    Account,
    account_options,
    account_or_database_options,
    org_items,
)
from entrypoints.cli.backend_client import BackendClient
from entrypoints.cli.choosing import chosen
from entrypoints.cli.errors import BackendRefused
from entrypoints.cli.groups import ListingGroup
from entrypoints.cli.invoices_database import COMMANDS
from entrypoints.cli.tables import show_items, show_json
from entrypoints.cli.texts import day, money
from entrypoints.cli.verify_invoice import command as verify


if TYPE_CHECKING:
    from entrypoints.containers.services import Services


_INVOICE_NAMES = ("number", "month")


@click.group(cls=ListingGroup)
def command() -> None:
    """
    List, open and verify invoices and credit notes.

    For operators, on a database: make the invoices of a month, issue and settle them.
    """


for _each in (verify, *COMMANDS):
    command.add_command(_each)


@command.command("list", epilog="\b\nExamples:\n  aldea invoices\n  aldea invoices list --org Acme")
@account_or_database_options
def list_(account: Account) -> None:
    """List the invoices of an organisation, newest first."""

    async def in_database(services: "Services", org: str) -> dict[str, Any]:
        import msgspec

        from aldea_core.domain.billing.invoices import InvoiceFilter
        from aldea_core.domain.ids import OrgId
        from entrypoints.backend.resources.money_documents import InvoiceDocument

        found = await services.billing.invoices().invoices(InvoiceFilter(OrgId(org)))
        return {
            "items": [msgspec.to_builtins(InvoiceDocument.of(one)) for one in found],
            "next": None,
        }

    found = account.anywhere(org_items("invoices"), in_database)
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
    show_items(
        account.over_http(org_items("credit-notes")),
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


def _is_valid(document: Mapping[str, Any]) -> bool:
    return document.get("status") != "void"
