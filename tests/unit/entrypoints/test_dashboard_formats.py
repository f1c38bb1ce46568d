"""Amounts as the dashboard shows them, and as it reads them from forms."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from aldea_core.domain.billing.money import _DIGITS, MOST_AMOUNT, decimal
from entrypoints.frontend.formats import Formats
from entrypoints.frontend.typed_numbers import minor_units, whole_units


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
    ("value", "shown"),
    [
        (0, "0"),
        (0.00005, "0.00005"),
        (0.04321987, "0.04322"),
        (583.25, "583.2"),
        (999.99, "1000"),
        (12_345, "12,345"),
        (34_960_000, "34,960,000"),
    ],
)
def test_numbers_of_charts_have_no_power_of_ten(value, shown):
    assert F.number(value) == shown


@pytest.mark.parametrize(
    ("milliseconds", "shown"),
    [(0, "0 ms"), (400, "400 ms"), (4_000, "4.0 s"), (34_960_000, "583 min"), (9e7, "1,500 min")],
)
def test_durations_are_in_a_unit_that_can_be_read(milliseconds, shown):
    assert F.duration(milliseconds) == shown


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
        ("12,50", "EUR"),
    ],
)
def test_amount_that_cannot_be_charged_is_refused(text, currency):
    with pytest.raises(ValueError, match="is no amount"):
        minor_units(text, currency)


def test_amount_may_have_commas_between_its_thousands():
    assert minor_units("1,250.50", "USD") == minor_units(" 1250.5 ", "USD") == 125_050


def test_largest_amount_is_the_backends():
    assert minor_units("1e10", "USD") == MOST_AMOUNT
    with pytest.raises(ValueError, match="is no amount"):
        minor_units("10000000000.01", "USD")


def test_numbers_are_read_in_the_backends_unit():
    """
    With or without commas between thousands.
    """
    assert whole_units("1,500") == whole_units(" 1500 ") == 1500
    assert whole_units("1,234,567.5", 60_000) == 74_074_050_000
    assert whole_units("0.5", 60_000) == 30_000
    assert whole_units("0") == 0


@pytest.mark.parametrize(
    "text",
    [
        *("", "many", "-1", "1.5", "NaN", "sNaN", "Infinity"),
        *("1,5", "1,50", "1,5000", ",500", "1,500,00", "1500,000", "1.5,000"),
        *("9" * 5000, "1e30", "1e999999", "1e999999999999999999999", "1e-999999"),
    ],
)
def test_number_that_the_backend_cannot_be_sent_is_refused(text):
    with pytest.raises(ValueError, match="is no number of units"):
        whole_units(text)
    with pytest.raises(ValueError, match="is no number of units"):
        whole_units(text if text != "1.5" else "0.00001", 60_000)
