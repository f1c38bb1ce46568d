"""`aldea invoices verify`: recomputes an invoice from the usage CSV."""

import csv
import json

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from entrypoints.cli.account import Account, account_options
from entrypoints.cli.backend_client import BackendClient
from entrypoints.cli.choosing import chosen
from entrypoints.cli.errors import CommandError
from entrypoints.cli.tables import show_json


if TYPE_CHECKING:
    from aldea_core.domain.billing.charges import Usage
    from aldea_core.domain.billing.verification import BilledInvoice, Difference


@click.command(
    "verify",
    epilog="\b\nExamples:\n  aldea invoices verify usage.csv 2026-10\n"
    "  aldea invoices verify usage.csv invoice.json",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("invoice", metavar="MONTH|NUMBER|ID|FILE.json")
@account_options
def command(account: Account, file: Path, invoice: str) -> None:
    """
    Recompute an invoice from FILE, the CSV of its month's usage.

    Says that both are equal, or which lines differ; then the exit status is 1. The invoice is the
    API's, or a file with its JSON.
    """
    from aldea_core.domain.billing.money import shown
    from aldea_core.domain.billing.verification import verify

    document = _read(Path(invoice)) if invoice.endswith(".json") else _fetch(account, invoice)
    billed = _billed(document)
    differences = verify(billed, _used(file))
    if account.as_json:
        show_json(
            {"is_equal": not differences, "differences": [_row(each) for each in differences]}
        )
    elif not differences:
        total = shown(billed.total, billed.currency)
        click.echo(f"Equal: {len(billed.lines)} lines, {total}.")
    for each in differences if not account.as_json else ():
        click.echo(
            f"{each.where}: billed {_text(each.billed, each)}, "
            f"computed {_text(each.computed, each)}"
        )
    if differences:
        raise CommandError(f"the invoice differs in {len(differences)} places")


def _fetch(account: Account, invoice: str) -> Mapping[str, Any]:
    async def work(client: BackendClient, org: str) -> Mapping[str, Any]:
        base = f"/v1/orgs/{org}/invoices"
        one = chosen(
            (await client.items(base))["items"],
            invoice,
            "invoice",
            names=("number", "month"),
            prefer=lambda one: one["status"] != "void",
        )
        document: Mapping[str, Any] = await client.get(f"{base}/{one['id']}")
        return document

    return account.over_http(work)


def _read(path: Path) -> Mapping[str, Any]:
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError):
        raise CommandError(f"{path} is no JSON file") from None
    if not isinstance(document, dict):
        raise CommandError(f"{path} is no invoice")
    return document


def _billed(document: Mapping[str, Any]) -> "BilledInvoice":
    from aldea_core.domain.billing.charges import Line, LineKind
    from aldea_core.domain.billing.months import Month
    from aldea_core.domain.billing.profiles import InvoiceTerms
    from aldea_core.domain.billing.verification import BilledInvoice

    try:
        lines = tuple(
            Line(
                LineKind(line["kind"]),
                Month.parse(line["month"]),
                int(line["amount"]),
                line["model"],
                int(line["sessions"]),
                int(line["audio_ms"]),
                int(line["included_ms"]),
                None if line["price"] is None else Decimal(line["price"]),
            )
            for line in document["lines"]
        )
        return BilledInvoice(
            Month.parse(document["month"]),
            document["currency"],
            lines,
            int(document["subtotal"]),
            int(document["tax"]),
            int(document["total"]),
            InvoiceTerms(tax_rate=Decimal(document["tax_rate"])),
        )
    except (KeyError, TypeError, ValueError, ArithmeticError):
        raise CommandError("the invoice is not as the API has it") from None


def _used(path: Path) -> "list[Usage]":
    """The usage of each month, kind and model. However long the file is, its sums are in memory."""
    from aldea_core.domain.access.limits import SessionKind
    from aldea_core.domain.billing.charges import Usage

    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            audio = _added_up(csv.DictReader(file))
    except (UnicodeDecodeError, csv.Error):
        raise CommandError(f"{path} is no CSV of usage") from None
    return [
        Usage(month, SessionKind(kind), model, ms) for (month, kind, model), ms in audio.items()
    ]


def _added_up(rows: Iterable[Mapping[str, str]]) -> "Counter[Any]":
    from aldea_core.domain.access.limits import SessionKind
    from aldea_core.domain.billing.months import Month

    audio: Counter[Any] = Counter()
    for number, row in enumerate(rows, start=2):
        try:
            month = Month.of(datetime.fromisoformat(row["started_at"]))
            kind = SessionKind(row["kind"]).value
            model = row["model"]
            # A text that begins like a formula has an apostrophe before it.
            model = model.removeprefix("'")
            audio[month, kind, model] += int(row["audio_ms"])
        except (KeyError, TypeError, ValueError):
            raise CommandError(f"line {number} is not as the API's CSV of usage has it") from None
    return audio


def _row(difference: "Difference") -> dict[str, Any]:
    return {
        "where": difference.where,
        "unit": difference.unit,
        "billed": difference.billed,
        "computed": difference.computed,
    }


def _text(amount: int, difference: "Difference") -> str:
    from aldea_core.domain.billing.money import shown

    return f"{amount:,} ms" if difference.unit == "ms" else shown(amount, difference.unit)
