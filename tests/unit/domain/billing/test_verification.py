"""Recomputing an invoice from the usage that it bills."""

from decimal import Decimal

import attrs
import pytest

from tests.servers.billing import MINUTE, NOVEMBER, OCTOBER

from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.billing.charges import Line, LineKind, Usage
from aldea_core.domain.billing.profiles import InvoiceTerms
from aldea_core.domain.billing.verification import BilledInvoice, Difference, verify


FEE = Line(LineKind.FEE, NOVEMBER, 900)
LIVE = Line(LineKind.LIVE, NOVEMBER, 90, "", 2, 100 * MINUTE, 10 * MINUTE, price=Decimal("0.01"))
LARGE = Line(LineKind.FILE, NOVEMBER, 50, "large", 1, 10 * MINUTE, 0, price=Decimal("0.05"))
LATE = Line(LineKind.LIVE, OCTOBER, 7, "", 1, 7 * MINUTE, 0, price=Decimal("0.01"))
USED = (
    Usage(NOVEMBER, SessionKind.LIVE, "small", 60 * MINUTE),
    Usage(NOVEMBER, SessionKind.LIVE, "other", 40 * MINUTE),
    Usage(NOVEMBER, SessionKind.FILE, "large", 10 * MINUTE),
)
INVOICE = BilledInvoice(
    NOVEMBER,
    "USD",
    (FEE, LIVE, LARGE, LATE),
    1047,
    105,
    1152,
    InvoiceTerms(tax_rate=Decimal(10)),
)


def lines(**changed) -> tuple[Line, ...]:
    """The invoice's lines, with one of them changed."""
    return (FEE, attrs.evolve(LIVE, **changed), LARGE, LATE)


def test_right_invoice_has_no_differences():
    """
    Fees are as they are billed; models without a price of their own are on one line; usage of other
    months says nothing.
    """
    other = Usage(OCTOBER, SessionKind.LIVE, "small", 999 * MINUTE)

    assert verify(INVOICE, USED) == []
    assert verify(INVOICE, (*USED, other)) == []


def test_model_may_have_a_price_of_its_own_for_one_kind_alone():
    """
    Its live audio is on the line of all models then.
    """
    live = (USED[0], attrs.evolve(USED[1], model="large"))

    assert verify(INVOICE, (*live, USED[2])) == []


def test_missing_usage_and_what_it_costs_are_named():
    found = verify(INVOICE, USED[:1] + USED[2:])

    assert found == [
        Difference("live 2026-11", "ms", 100 * MINUTE, 60 * MINUTE),
        Difference("live 2026-11", "USD", 90, 50),
    ]


def test_usage_without_a_line_is_named():
    """
    By its kind; a line by its model too.
    """
    without_large = attrs.evolve(
        INVOICE, lines=(FEE, LIVE, LATE), subtotal=997, tax=100, total=1097
    )
    assert verify(without_large, USED) == [Difference("file 2026-11", "ms", 0, 10 * MINUTE)]

    assert verify(INVOICE, USED[:2])[0] == Difference("file large 2026-11", "ms", 10 * MINUTE, 0)


def test_amount_of_a_late_line_is_recomputed_and_its_audio_is_not():
    """
    Usage does not show apart what came in late.
    """
    wrong = attrs.evolve(INVOICE, lines=(FEE, LIVE, LARGE, attrs.evolve(LATE, audio_ms=9 * MINUTE)))

    assert verify(wrong, USED) == [Difference("live 2026-10", "USD", 7, 9)]


@pytest.mark.parametrize(
    ("changed", "differences"),
    [
        ({"subtotal": 1048, "total": 1153}, [Difference("subtotal", "USD", 1048, 1047)]),
        ({"tax": 104, "total": 1151}, [Difference("tax", "USD", 104, 105)]),
        ({"total": 1151}, [Difference("total", "USD", 1151, 1152)]),
        (
            {"lines": lines(amount=91), "subtotal": 1048, "total": 1153},
            [Difference("live 2026-11", "USD", 91, 90)],
        ),
    ],
)
def test_each_sum_is_recomputed_from_what_is_before_it(changed, differences):
    assert verify(attrs.evolve(INVOICE, **changed), USED) == differences
