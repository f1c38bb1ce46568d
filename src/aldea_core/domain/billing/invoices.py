"""
Invoices: what an org owes for a month, and its payment status.

A draft is for review; an issued invoice has a number and is owed; paid and void are final. The
usage of a void invoice is billed again by the next one.
"""

import enum

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeAlias

import attrs

from typing_extensions import override

from aldea_core.domain.billing.charges import Line, LineKind, Unbilled, lines, total
from aldea_core.domain.billing.money import tax
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.plans import Plan
from aldea_core.domain.billing.profiles import InvoiceTerms
from aldea_core.domain.ids import InvoiceId, OrgId


class InvoiceStatus(enum.StrEnum):
    DRAFT = "draft"
    ISSUED = "issued"
    PAID = "paid"
    VOID = "void"


TRANSITIONS: dict[InvoiceStatus, frozenset[InvoiceStatus]] = {
    InvoiceStatus.DRAFT: frozenset({InvoiceStatus.ISSUED, InvoiceStatus.VOID}),
    InvoiceStatus.ISSUED: frozenset({InvoiceStatus.PAID, InvoiceStatus.VOID}),
    InvoiceStatus.PAID: frozenset(),
    InvoiceStatus.VOID: frozenset(),
}

# Sessions that began in the month may last for hours, and their records arrive after they end.
GRACE = timedelta(hours=12)
_NO_TAX = InvoiceTerms()


# What orders invoices: month, time of creation, and id.
InvoicePlace: TypeAlias = tuple[Month, datetime, InvoiceId]


@attrs.frozen
class Invoice:
    """
    An invoice of *org* for *month*.

    Attributes:
        number: The bookkeeping number; drafts have none.
        reference: The payment provider's id of the invoice, if its collection was requested.
        pay_url: The provider's page where the org can pay.
        terms: Whom it is made out to, and its tax; of a draft, as they would be now.
        due: Until when it is to be paid; a draft has none.
    """

    id: InvoiceId
    org: OrgId
    month: Month
    currency: str
    lines: tuple[Line, ...]
    made: datetime
    status: InvoiceStatus = InvoiceStatus.DRAFT
    number: str = ""
    issued: datetime | None = None
    settled: datetime | None = None
    reference: str = ""
    pay_url: str = ""
    terms: InvoiceTerms = InvoiceTerms()
    due: datetime | None = None

    @property
    def place(self) -> InvoicePlace:
        return self.month, self.made, self.id

    @property
    def subtotal(self) -> int:
        """The sum of the lines, in minor units of the currency."""
        return total(self.lines)

    @property
    def tax(self) -> int:
        """In minor units, rounded once on the sum of the lines."""
        return tax(self.subtotal, self.terms.tax_rate)

    @property
    def total(self) -> int:
        """The amount in minor units of the currency, with tax."""
        return self.subtotal + self.tax

    def issued_at(self, at: datetime, number: str, terms: InvoiceTerms | None) -> "Invoice":
        """The invoice once it is issued, with its own terms if there are no others."""
        kept = self.terms if terms is None else terms
        return attrs.evolve(
            self,
            status=InvoiceStatus.ISSUED,
            number=number,
            issued=at,
            terms=kept,
            due=at + kept.due_after,
        )

    @property
    def has_fee(self) -> bool:
        return any(line.kind is LineKind.FEE for line in self.lines)

    @property
    def is_owed(self) -> bool:
        """Whether the invoice is unpaid, so that a provider may collect it."""
        return self.status is InvoiceStatus.ISSUED and self.total > 0


@attrs.frozen
class InvoiceFilter:
    """
    Which invoices are meant.

    Attributes:
        org: None is all orgs, for operators.
        status: None is every status.
    """

    org: OrgId | None = None
    status: InvoiceStatus | None = None

    def matches(self, invoice: Invoice) -> bool:
        return self.org in {None, invoice.org} and self.status in {None, invoice.status}


EVERY_INVOICE = InvoiceFilter()


@attrs.frozen
class Charges:
    """What an org would owe for the current month, if it ended now."""

    org: OrgId
    month: Month
    plan: Plan
    lines: tuple[Line, ...]
    until: datetime

    @property
    def total(self) -> int:
        return total(self.lines)


@attrs.frozen
class NotNow:
    """
    The invoice is *status*, which does not allow the requested transition.

    Attributes:
        is_credited: Whether it has credit notes, which refer to it as it is.
    """

    status: InvoiceStatus
    is_credited: bool = False

    @override
    def __str__(self) -> str:
        if self.is_credited:
            return f"The invoice is {self.status} and has credit notes: credit the rest of it."
        return f"The invoice is {self.status}."


def may_become(
    now: InvoiceStatus, then: InvoiceStatus, *, was: InvoiceStatus | None = None
) -> bool:
    """
    Args:
        was: The status that the requester assumes, if it matters.
    """
    return then in TRANSITIONS[now] and was in {None, now}


def drafted(
    invoice: InvoiceId,
    org: OrgId,
    month: Month,
    unbilled: Unbilled,
    plans: Mapping[Month, Plan],
    *,
    at: datetime,
    terms: InvoiceTerms = _NO_TAX,
    has_fee: bool = True,
) -> Invoice | None:
    """The invoice of *org* for *month*; None if it would have no lines."""
    found = lines(month, unbilled, plans, has_fee=has_fee)
    currency = plans[month].currency
    return Invoice(invoice, org, month, currency, found, at, terms=terms) if found else None
