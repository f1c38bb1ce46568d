"""Money: exact, and rounded once."""

from decimal import Decimal
from fractions import Fraction

import pytest

from hypothesis import given
from hypothesis import strategies as st

from aldea_core.domain.billing.money import (
    affords,
    charge,
    decimal,
    digits,
    in_digits,
    proper_currency,
    proper_price,
    shown,
)
from aldea_core.domain.errors import BadRequest


PRICES = st.decimals(0, 10_000, places=8)
CURRENCIES = st.sampled_from(["USD", "EUR", "JPY", "KWD"])
DIGITS = {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3}
MINUTE = 60_000


@pytest.mark.parametrize(
    ("audio_ms", "price", "currency", "amount"),
    [
        (MINUTE, "0.0077", "USD", 1),
        (MINUTE, "0.005", "USD", 1),
        (MINUTE, "0.004999", "USD", 0),
        (-MINUTE, "0.005", "USD", -1),
        (1000 * MINUTE, "0.0077", "USD", 770),
        (90_000, "1", "JPY", 2),
        (30_000, "1", "KWD", 500),
        (0, "9", "USD", 0),
    ],
)
def test_half_a_minor_unit_rounds_away_from_zero(
    audio_ms: int, price: str, currency: str, amount: int
) -> None:
    assert charge(audio_ms, Decimal(price), currency) == amount


@given(st.integers(-(10**15), 10**15), PRICES, CURRENCIES)
def test_a_charge_is_within_half_a_unit(audio_ms: int, price: Decimal, currency: str) -> None:
    """
    Of the exact amount, for any time and price.
    """
    exact = Fraction(price) * audio_ms / MINUTE * 10 ** DIGITS[currency]

    assert abs(charge(audio_ms, price, currency) - exact) <= Fraction(1, 2)


@given(st.integers(-5, 10**12), PRICES.filter(bool), CURRENCIES)
def test_bought_audio_costs_no_more_than_the_amount(
    amount: int, price: Decimal, currency: str
) -> None:
    """
    One millisecond more would.
    """
    bought = affords(amount, price, currency)
    a_ms = Fraction(price) / MINUTE * 10 ** DIGITS[currency]

    assert bought * a_ms <= max(0, amount) < (bought + 1) * a_ms


def test_amount_has_its_currencys_digits() -> None:
    assert shown(123_450, "USD") == "1,234.50 USD"
    assert shown(-5, "USD") == "-0.05 USD"
    assert shown(1234, "JPY") == "1,234 JPY"
    assert decimal(1, "KWD") == Decimal("0.001")


@pytest.mark.parametrize(
    "text", ["", "-1", "NaN", "Infinity", "10001", "0.000000001", "cheap", "-0"]
)
def test_invalid_price_is_refused(text: str) -> None:
    """
    Negative, too large, too fine, or no number.
    """
    with pytest.raises(BadRequest):
        proper_price(text)


@pytest.mark.parametrize("text", ["0", "0.0043", "10000", "1E-8", "0.10"])
def test_valid_price_is_kept_as_written(text: str) -> None:
    assert proper_price(text) == Decimal(text)


@pytest.mark.parametrize("text", ["", "usd", "US", "US1", "ÜSD", "USDT", "ABC", "XXX"])
def test_invalid_currency_code_is_refused(text: str) -> None:
    """
    Codes that ISO 4217 cannot contain.
    """
    with pytest.raises(BadRequest, match="ISO 4217"):
        proper_currency(text)

    assert proper_currency("EUR") == "EUR"


@pytest.mark.parametrize(
    ("currency", "count"), [("USD", 2), ("JPY", 0), ("RWF", 0), ("KWD", 3), ("IQD", 3), ("LYD", 3)]
)
def test_minor_units_follow_iso_4217(currency: str, count: int) -> None:
    assert digits(currency) == count


@pytest.mark.parametrize(
    ("cost", "text"),
    [("0.0024", "0.0024"), ("0.00005", "0.0001"), ("0.000049", "0.0000"), ("1E+3", "1000.0000")],
)
def test_exact_cost_is_shown_to_four_digits(cost: str, text: str) -> None:
    assert in_digits(Decimal(cost)) == text
