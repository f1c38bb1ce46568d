"""
Credit notes: what is given back of an issued invoice.

A credit note has a number of its own and refers to an invoice, which it never changes. The credit
notes of an invoice never exceed it, and each is taxed as the invoice is.
"""

from datetime import datetime
from decimal import Decimal

import attrs

from typing_extensions import override

from aldea_core.domain.billing.invoices import Invoice, InvoiceStatus
from aldea_core.domain.billing.money import shown, tax
from aldea_core.domain.errors import BadRequest
from aldea_core.domain.ids import CreditNoteId, InvoiceId, OrgId


@attrs.frozen
class CreditNote:
    """
    Attributes:
        number: Consecutive within a year.
        amount: Without tax, in minor units of the currency.
        reason: Printed on it.
        credited_before: What the invoice's earlier credit notes give back, without tax.
    """

    id: CreditNoteId
    org: OrgId
    invoice: InvoiceId
    invoice_number: str
    currency: str
    amount: int
    tax_rate: Decimal
    reason: str
    issued: datetime
    number: str = ""
    credited_before: int = 0

    @property
    def tax(self) -> int:
        """
        In minor units: what the tax on all that is credited so far, rounded half away from zero, is
        more than the tax before. So the credit notes of a whole invoice add up to it, tax included.
        """
        before = self.credited_before
        return tax(before + self.amount, self.tax_rate) - tax(before, self.tax_rate)

    @property
    def total(self) -> int:
        """In minor units, with tax."""
        return self.amount + self.tax


@attrs.frozen
class NotCreditable:
    """Why an invoice cannot be credited."""

    why: str

    @override
    def __str__(self) -> str:
        return self.why


def credit_of(
    invoice: Invoice,
    note: CreditNoteId,
    amount: int,
    reason: str,
    *,
    credited: int,
    is_collected: bool,
    at: datetime,
) -> CreditNote | NotCreditable:
    """
    The credit note of *amount* on *invoice*, without its number.

    Args:
        credited: What earlier credit notes of the invoice gave back, without tax.
        is_collected: Whether the payment provider collects the invoice, or is about to.

    Raises:
        BadRequest: The amount is not positive.
    """
    if amount <= 0:
        raise BadRequest("What is credited is more than 0.", field="amount")
    if invoice.status not in {InvoiceStatus.ISSUED, InvoiceStatus.PAID}:
        return NotCreditable(f"The invoice is {invoice.status}: only issued ones are credited.")
    if invoice.status is InvoiceStatus.ISSUED and is_collected:
        return NotCreditable(
            "The payment provider collects the whole invoice: credit it once it is paid, or make "
            "it void."
        )
    left = invoice.subtotal - credited
    if amount > left:
        return NotCreditable(
            f"Of the invoice {shown(max(0, left), invoice.currency)} without tax is left to credit."
        )
    return CreditNote(
        note,
        invoice.org,
        invoice.id,
        invoice.number,
        invoice.currency,
        amount,
        invoice.terms.tax_rate,
        reason,
        at,
        credited_before=credited,
    )
