"""
Whom invoices are made out to, what tax is added, and when they are due.

An invoice gets these when it is made, and again when it is issued; from then on it keeps them,
whatever the profile says later.
"""

import re

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal, InvalidOperation

import attrs

from aldea_core.domain.access.people import valid_email
from aldea_core.domain.errors import BadRequest


PAYMENT_DAYS = 14
MOST_PAYMENT_DAYS = 365
_MOST_RATE = Decimal(100)
_FINEST = 4


@attrs.frozen
class BillingProfile:
    """
    Attributes:
        address: Lines, without the country.
        country: a code of ISO 3166-1, as ES; empty if it is not known.
        email: Where invoices are sent, beside owners and admins.
        purchase_order: A reference of the customer's, printed on invoices.
    """

    legal_name: str = ""
    address: tuple[str, ...] = ()
    country: str = ""
    vat_id: str = ""
    email: str = ""
    purchase_order: str = ""


@attrs.frozen
class BillingTerms:
    """
    What operators set for an org.

    Attributes:
        tax_rate: In per cent; None for the rate of the profile's country, or 0.
        payment_days: From an invoice's issue until it is due; None for `PAYMENT_DAYS`.
    """

    tax_rate: Decimal | None = None
    payment_days: int | None = None


@attrs.frozen
class InvoiceTerms:
    """What an invoice keeps of profile and terms."""

    customer: BillingProfile = BillingProfile()
    tax_rate: Decimal = Decimal(0)
    payment_days: int = PAYMENT_DAYS

    @classmethod
    def of(
        cls, profile: BillingProfile, terms: BillingTerms, rates: Mapping[str, Decimal]
    ) -> "InvoiceTerms":
        """
        Args:
            rates: In per cent, by country.
        """
        rate = terms.tax_rate
        if rate is None:
            rate = rates.get(profile.country, Decimal(0))
        days = PAYMENT_DAYS if terms.payment_days is None else terms.payment_days
        return cls(profile, rate, days)

    @property
    def due_after(self) -> timedelta:
        return timedelta(days=self.payment_days)


def proper_profile(profile: BillingProfile) -> BillingProfile:
    """
    *profile* in canonical form.

    Raises:
        BadRequest: The country is no code, or the email is no address.
    """
    country = profile.country.upper()
    if country:
        country = proper_country(country)
    email = valid_email(profile.email) if profile.email else ""
    return attrs.evolve(profile, country=country, email=email)


def proper_country(text: str) -> str:
    """
    Raises:
        BadRequest: *text* has not the form of a code of ISO 3166-1.
    """
    if re.fullmatch("[A-Z]{2}", text) is None:
        raise BadRequest("A country is a code of ISO 3166-1, as ES.", field="country")
    return text


def proper_rate(text: str) -> Decimal:
    """
    *text* as a tax rate in per cent.

    Raises:
        BadRequest: It is no number from 0 to 100, or too fine.
    """
    try:
        rate = Decimal(text)
    except InvalidOperation:
        rate = Decimal("NaN")
    is_within = rate.is_finite() and not rate.is_signed() and rate <= _MOST_RATE
    if not is_within or rate != round(rate, _FINEST):
        raise BadRequest(
            f"A tax rate is from 0 to {_MOST_RATE} per cent, with at most {_FINEST} digits behind "
            "the point.",
            field="tax_rate",
        )
    return rate
