"""Billing profiles and tax."""

from decimal import Decimal

import pytest

from aldea_core.domain.billing.money import tax
from aldea_core.domain.billing.profiles import (
    BillingProfile,
    BillingTerms,
    InvoiceTerms,
    proper_profile,
    proper_rate,
)
from aldea_core.domain.errors import BadRequest


@pytest.mark.parametrize(
    ("amount", "percent", "expected"),
    [(250, "21", 53), (-250, "21", -53), (249, "21", 52), (1, "50", 1), (10**15, "7.75", 775 * 10**11),
     (100, "0", 0), (0, "21", 0)],
)  # fmt: skip
def test_tax_is_rounded_once_half_away_from_zero(amount, percent, expected):
    assert tax(amount, Decimal(percent)) == expected


def test_orgs_own_rate_comes_before_its_countrys():
    """
    Also if it is 0; without both there is no tax.
    """
    rates = {"ES": Decimal(21)}
    spain = BillingProfile(country="ES")

    assert InvoiceTerms.of(spain, BillingTerms(), rates).tax_rate == 21
    assert InvoiceTerms.of(spain, BillingTerms(Decimal(0)), rates).tax_rate == 0
    assert InvoiceTerms.of(BillingProfile(country="PT"), BillingTerms(), rates).tax_rate == 0
    assert InvoiceTerms.of(spain, BillingTerms(payment_days=0), rates).payment_days == 0


def test_malformed_profiles_and_rates_are_refused():
    assert proper_profile(BillingProfile(email="A@Example.com")).email == "a@example.com"
    assert proper_profile(BillingProfile(country="es")).country == "ES"
    assert proper_profile(BillingProfile()) == BillingProfile()
    for bad in (BillingProfile(country="ESP"), BillingProfile(email="nope")):
        with pytest.raises(BadRequest):
            proper_profile(bad)
    assert proper_rate("7.75") == Decimal("7.75")
    for text in ("-1", "100.1", "1.00001", "nan", "x", "Infinity", ""):
        with pytest.raises(BadRequest):
            proper_rate(text)
