"""
Invoices: what an org owes for a month, and what became of it.

A draft may still be looked at; an issued one has a number and is owed; a paid or void one is
history. What a void one billed is billed again by the next.
"""

import enum

from collections.abc import Mapping
from datetime import datetime, timedelta

import attrs

from typing_extensions import override

from aldea_core.domain.billing.charges import Line, Unbilled, lines, total
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.plans import Plan
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

# Sessions that began in the month may go on for hours, and their records come after them.
GRACE = timedelta(hours=12)


@attrs.frozen
class Invoice:
    """
    An invoice of *org* for *month*.

    Attributes:
        number: What bookkeepers call it; drafts have none.
        reference: What the payment provider calls it, if it was asked to collect it.
        pay_url: Where the provider lets people pay.
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

    @property
    def total(self) -> int:
        """In minor units of its currency."""
        return total(self.lines)

    @property
    def is_owed(self) -> bool:
        """Whether somebody has to pay it, and may be asked to by a provider."""
        return self.status is InvoiceStatus.ISSUED and self.total > 0


@attrs.frozen
class Charges:
    """What an org would owe for a month that still runs, if it ended now."""

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
    """The invoice is *status*, from which nothing leads to what was asked for."""

    status: InvoiceStatus

    @override
    def __str__(self) -> str:
        return f"The invoice is {self.status}."


def may_become(
    now: InvoiceStatus, then: InvoiceStatus, *, was: InvoiceStatus | None = None
) -> bool:
    """
    Args:
        was: What whoever asks knows it as, if that matters.
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
) -> Invoice | None:
    """
    The invoice of *org* for *month*; None if there is nothing to say.

    A plan in another currency than the month's cannot be added to it, so its late audio is billed
    at the month's own plan.
    """
    currency = plans[month].currency
    same = {of: plan if plan.currency == currency else plans[month] for of, plan in plans.items()}
    found = lines(month, unbilled, same)
    return Invoice(invoice, org, month, currency, found, at) if found else None
