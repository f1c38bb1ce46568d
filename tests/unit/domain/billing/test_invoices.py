"""The lifecycle of invoices."""

from datetime import UTC, datetime

import attrs
import pytest

from tests.unit.domain.billing.test_charges import NOVEMBER, OCTOBER, PLAN, used

from aldea_core.domain.billing.charges import Unbilled
from aldea_core.domain.billing.invoices import (
    TRANSITIONS,
    Charges,
    InvoiceStatus,
    NotNow,
    drafted,
    may_become,
)
from aldea_core.domain.ids import InvoiceId, OrgId


AT = datetime(2026, 12, 1, tzinfo=UTC)


def test_paid_and_void_are_the_final_statuses() -> None:
    """
    Every other status has a successor.
    """
    assert set(TRANSITIONS) == set(InvoiceStatus)
    ends = {status for status, then in TRANSITIONS.items() if not then}
    assert ends == {InvoiceStatus.PAID, InvoiceStatus.VOID}


@pytest.mark.parametrize(
    ("now", "then", "may"),
    [
        ("draft", "issued", True),
        ("draft", "paid", False),
        ("issued", "paid", True),
        ("issued", "void", True),
        ("paid", "void", False),
        ("void", "issued", False),
    ],
)
def test_allowed_status_changes(now: str, then: str, may: bool) -> None:
    """
    A draft cannot be paid, and no status is entered twice.
    """
    assert may_become(InvoiceStatus(now), InvoiceStatus(then)) is may
    assert str(NotNow(InvoiceStatus(now))) == f"The invoice is {now}."


def test_draft_has_org_month_and_total() -> None:
    """
    Its total is the sum of its lines.
    """
    made = drafted(
        InvoiceId("i"), OrgId("o"), OCTOBER, Unbilled([used(10)]), {OCTOBER: PLAN}, at=AT
    )

    assert made is not None
    assert (made.status, made.currency, made.total) == (InvoiceStatus.DRAFT, "USD", 20)
    assert Charges(made.org, OCTOBER, PLAN, made.lines, AT).total == 20


def test_no_lines_make_no_invoice() -> None:
    assert drafted(InvoiceId("i"), OrgId("o"), OCTOBER, Unbilled(), {OCTOBER: PLAN}, at=AT) is None


def test_invoice_has_one_currency() -> None:
    """
    Late usage of a month in another currency is billed by the invoice's own plan.
    """
    euros = attrs.evolve(PLAN, currency="EUR")
    made = drafted(
        InvoiceId("i"),
        OrgId("o"),
        NOVEMBER,
        Unbilled([used(10)]),
        {OCTOBER: PLAN, NOVEMBER: euros},
        at=AT,
    )

    assert made is not None
    assert (made.currency, made.total) == ("EUR", 20)
