"""What becomes of invoices."""

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


def test_every_status_leads_somewhere_or_is_the_end() -> None:
    """
    Paid and void are.
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
def test_what_follows_what(now: str, then: str, may: bool) -> None:
    """
    Nothing is paid that was not issued, and nothing comes back.
    """
    assert may_become(InvoiceStatus(now), InvoiceStatus(then)) is may
    assert str(NotNow(InvoiceStatus(now))) == f"The invoice is {now}."


def test_a_draft_has_what_it_is_about() -> None:
    """
    Its total is that of its lines.
    """
    made = drafted(
        InvoiceId("i"), OrgId("o"), OCTOBER, Unbilled([used(10)]), {OCTOBER: PLAN}, at=AT
    )

    assert made is not None
    assert (made.status, made.currency, made.total) == (InvoiceStatus.DRAFT, "USD", 20)
    assert Charges(made.org, OCTOBER, PLAN, made.lines, AT).total == 20


def test_nothing_to_say() -> None:
    """
    Is no invoice.
    """
    assert drafted(InvoiceId("i"), OrgId("o"), OCTOBER, Unbilled(), {OCTOBER: PLAN}, at=AT) is None


def test_one_currency() -> None:
    """
    What came late from a month of another currency is billed by the invoice's own plan.
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
