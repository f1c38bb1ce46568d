"""`aldea invoices`, on a database of its own."""

import asyncio
import json
import os
import subprocess

from datetime import UTC, datetime, timedelta

import pytest

from tests.contract.values import record
from tests.servers.stripe import KEY, WEBHOOK_SECRET, stripe_server
from tests.servers.up import ALDEA

from adapters.postgres.audit import SqlAuditLog
from adapters.postgres.billing_profiles import SqlBillingProfiles
from adapters.postgres.engine import connect
from adapters.postgres.usage import SqlUsageLedger
from aldea_core.domain.access.audit import AuditSelection
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.profiles import BillingProfile
from aldea_core.domain.ids import OrgId


MINUTE = 60_000
# The last month that is over, since the command's clock is real.
MONTH = Month.of(datetime.now(UTC)).previous  # noqa: TID251


def aldea(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ALDEA, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | settings,
    )


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    return f"sqlite:///{tmp_path_factory.mktemp('invoices')}/aldea.db"


@pytest.fixture(scope="module")
def orgs(database):
    return made_orgs(database)


def made_orgs(database: str) -> list[str]:
    """Two, made before the month ended, of which one has used something."""
    made = [
        json.loads(aldea("orgs", "create", name, "--database-url", database, "--json").stdout)[0]
        for name in ("Acme", "Idle")
    ]

    async def use() -> None:
        engine = connect(database)
        async with engine.begin() as connection:
            early = (MONTH.begins - timedelta(days=1)).replace(tzinfo=None)
            await connection.exec_driver_sql("UPDATE orgs SET created = ?", (f"{early}.000000",))
        used = record("s1", org=OrgId(made[0]["id"]), started=MONTH.begins, audio_ms=1000 * MINUTE)
        await SqlUsageLedger(engine).record([used])
        to = BillingProfile(email="bills@acme.example")
        await SqlBillingProfiles(engine).set_profile(OrgId(made[0]["id"]), to)
        await engine.dispose()

    asyncio.run(use())
    return [one["id"] for one in made]


def test_from_the_ledger_to_a_paid_invoice(database, orgs):
    """
    Made twice it is one; then it is issued and paid, and cannot be made void.
    """
    at = ("--database-url", database)
    make = ("invoices", "make", "--month", str(MONTH), *at)
    (made,) = json.loads(aldea(*make, "--json").stdout)
    (again,) = json.loads(aldea(*make, "--json").stdout)

    assert (made["org_id"], made["total"], made["status"], made["new"]) == (
        orgs[0],
        "7.70",
        "draft",
        True,
    )
    assert again == made | {"new": False}
    table = aldea(*make)
    assert "Acme" in table.stdout
    assert table.stderr == ""

    (issued,) = json.loads(aldea("invoices", "issue", made["id"], *at, "--json").stdout)
    assert issued["number"].endswith("-000001")
    (paid,) = json.loads(aldea("invoices", "pay", made["id"], *at, "--json").stdout)
    assert paid["status"] == "paid"
    listed = json.loads(aldea("invoices", "--org", "Acme", *at, "--json").stdout)
    assert [(one["status"], one["total"]) for one in listed["items"]] == [("paid", 770)]
    late = aldea("invoices", "void", made["id"], *at)
    assert (late.returncode, late.stderr) == (1, f"aldea: {made['id']}: The invoice is paid\n")


def test_invoice_of_one_org_without_charges(database, orgs):
    make = ("invoices", "make", "--month", str(MONTH), "--org", orgs[1])

    said = f"Nothing is owed for {MONTH}, so there is no invoice.\n"
    assert aldea(*make, "--database-url", database).stdout == said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("make", "--month", "lately"), "A month is written as 2026-10"),
        (("make", "--month", "9000-01"), "is not over yet"),
        (("make", "--month", "2026-01", "--org", "unknown"), "no such organisation"),
        (("issue", "nothing"), "no such invoice"),
    ],
)
def test_invalid_argument_is_one_line(database, orgs, arguments, says):
    failed = aldea("invoices", *arguments, "--database-url", database)

    assert failed.returncode == 1
    assert says in failed.stderr
    assert failed.stderr.count("\n") == 1


def test_what_was_done_before_an_error_is_shown(tmp_path):
    database = f"sqlite:///{tmp_path}/aldea.db"
    made_orgs(database)
    at = ("--database-url", database, "--json")
    (made,) = json.loads(aldea("invoices", "make", "--month", str(MONTH), *at).stdout)
    failed = aldea("invoices", "issue", made["id"], "nothing", *at)

    assert (failed.returncode, failed.stderr) == (1, "aldea: There is no such invoice\n")
    (issued,) = json.loads(failed.stdout)
    assert issued["id"] == made["id"]
    assert issued["number"]


def test_what_changed_before_the_provider_failed_is_in_the_audit_log(tmp_path):
    """
    An invoice that Stripe does not take is issued, and one that it has collected is paid.
    """
    database = f"sqlite:///{tmp_path}/aldea.db"
    org, _ = made_orgs(database)
    at = ("--database-url", database, "--json")
    with stripe_server() as server:
        stripe = {
            "ALDEA_STRIPE_KEY": KEY,
            "ALDEA_STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "ALDEA_STRIPE_URL": server.url,
        }
        (made,) = json.loads(aldea("invoices", "make", "--month", str(MONTH), *at).stdout)
        server.fails = [500] * 50
        assert aldea("invoices", "issue", made["id"], *at, **stripe).returncode == 1
        server.fails = []
        (issued,) = json.loads(aldea("invoices", "issue", made["id"], *at, **stripe).stdout)
        server.copy_of(made["id"])["status"] = "paid"
        assert aldea("invoices", "void", made["id"], *at, **stripe).returncode == 1

    assert issued["status"] == "issued"
    assert [(entry.action, entry.after["status"]) for entry in log_of(database, org)[:3]] == [
        ("invoice.void", "paid"),
        ("invoice.issue", "issued"),
        ("invoice.made", "draft"),
    ]


def log_of(database, org):
    async def read():
        engine = connect(database)
        entries = await SqlAuditLog(engine).read(AuditSelection(OrgId(org)))
        await engine.dispose()
        return entries

    return asyncio.run(read())
