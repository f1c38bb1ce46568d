"""`aldea invoices verify`: an invoice is recomputed from the CSV of its usage."""

import json

from decimal import Decimal

import msgspec
import pytest

from click.testing import CliRunner
from tests.servers.billing import IN_NOVEMBER, OCTOBER, BillingWorld

from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.billing.profiles import BillingTerms
from entrypoints.backend.resources.csv_text import csv_of
from entrypoints.backend.resources.money_documents import InvoiceDocument
from entrypoints.cli.verify_invoice import command


FIELDS = ("id", "kind", "started_at", "audio_ms", "model")


@pytest.fixture
async def files(tmp_path):
    """The CSV and the JSON of an invoice with two lines and tax."""
    world = BillingWorld()
    org = await world.create_org("Acme")
    await world.use(org, "live", 333.333, model="=special")
    await world.use(org, "file", 10.5, kind=SessionKind.FILE)
    await world.use(org, "more", 0.001, kind=SessionKind.FILE)
    await world.use(org, "failed", 0, kind=SessionKind.FILE)
    await world.billing_profiles.set_terms(org.id, BillingTerms(Decimal("7.75")))
    records = world.ledger.all()
    world.clock.at = IN_NOVEMBER
    made, _ = await world.make_invoice(org.id, OCTOBER)
    rows = [(one.session, one.kind.value, one.started, one.audio_ms, one.model) for one in records]
    usage, invoice = tmp_path / "usage.csv", tmp_path / "invoice.json"
    usage.write_bytes(csv_of([FIELDS, *rows]))
    invoice.write_bytes(msgspec.json.encode(InvoiceDocument.of(made)))
    return usage, invoice


def run(usage, invoice, *options: str):
    return CliRunner().invoke(command, [str(usage), str(invoice), *options])


def test_right_invoice_is_equal(files):
    ran = run(*files)

    assert (ran.exit_code, ran.output) == (0, "Equal: 2 lines, 2.82 USD.\n")
    assert json.loads(run(*files, "--json").output) == {"is_equal": True, "differences": []}


def test_differing_lines_are_named(files):
    """
    In audio, amount, tax and total; a request that is missing, or one too many.
    """
    usage, invoice = files
    document = json.loads(invoice.read_text())
    document["lines"][0]["amount"] += 1
    document["tax"] += 2
    invoice.write_text(json.dumps(document))
    usage.write_text("\n".join(usage.read_text().splitlines()[:-2]) + "\n")

    ran = run(usage, invoice)

    assert ran.exit_code == 1
    lines = ran.output.splitlines()
    assert lines[0] == "live 2026-10: billed 2.58 USD, computed 2.57 USD"
    assert lines[1] == "file 2026-10: billed 630,060 ms, computed 630,000 ms"
    assert [line.split(":")[0] for line in lines[2:]] == [
        "subtotal", "tax", "total", "aldea"
    ]  # fmt: skip


def test_other_months_are_not_compared(files):
    """
    The CSV may be of the year.
    """
    usage, invoice = files
    with usage.open("a") as file:
        file.write("x,live,2026-11-01T00:00:00.000Z,60000,general\n")
    assert run(usage, invoice).exit_code == 0
    with usage.open("a") as file:
        file.write("y,live,2026-10-31T23:59:59.999Z,60000,general\n")
    assert run(usage, invoice).exit_code == 1


def test_what_is_no_usage_or_invoice_is_refused(files, tmp_path):
    """
    With the line that is wrong.
    """
    usage, invoice = files
    with usage.open("a") as file:
        file.write("x,live,yesterday,1,m\n")
    assert "line 6 is not as the API's CSV of usage has it" in run(usage, invoice).output
    for text in ("no", "[]", "{}"):
        invoice.write_text(text)
        ran = run(usage, invoice)
        assert ran.exit_code == 1
        assert "Traceback" not in ran.output
