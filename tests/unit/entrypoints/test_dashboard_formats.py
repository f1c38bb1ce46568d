"""Amounts as the dashboard shows them, and as it reads them from forms."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from aldea_core.domain.billing.money import _DIGITS, MOST_AMOUNT, decimal
from entrypoints.frontend.formats import Formats, minor_units


F = Formats(ZoneInfo("UTC"), datetime(2026, 11, 27, tzinfo=UTC))


def test_amounts_of_every_currency_are_read_and_shown_in_its_own_minor_unit():
    """
    What a form has is sent in the unit in which the backend counts.
    """
    for currency in _DIGITS:
        text = f"{decimal(12_345_678, currency):f}"
        assert F.amount(12_345_678, currency) == text
        assert minor_units(text, currency) == 12_345_678
        assert F.money(-12_345_678, currency).endswith(f"{decimal(12_345_678, currency):,f}")
        assert F.price(text.rstrip("0"), currency).endswith(f"{decimal(12_345_678, currency):,f}")


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("0.005", "USD"),
        ("0.0005", "OMR"),
        ("0.01", "ISK"),
        ("-1", "USD"),
        ("1e12", "USD"),
        ("1e999999", "USD"),  # scaling it overflows
        ("1e999999999999999999999", "USD"),
        ("Infinity", "USD"),
        ("NaN", "USD"),
        ("sNaN", "USD"),
        ("", "USD"),
        ("a lot", "USD"),
    ],
)
def test_amount_that_cannot_be_charged_is_refused(text, currency):
    with pytest.raises(ValueError, match=r"is no (number|amount)"):
        minor_units(text, currency)


def test_largest_amount_is_the_backends():
    assert minor_units("1e10", "USD") == MOST_AMOUNT
    with pytest.raises(ValueError, match="is no amount"):
        minor_units("10000000000.01", "USD")
