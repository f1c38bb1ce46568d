"""Getting invoices paid by a payment provider: what it was asked, and what it tells."""

import enum

import attrs

from aldea_core.domain.ids import InvoiceId


@attrs.frozen
class Requested:
    """
    The provider took the invoice.

    Attributes:
        reference: What it calls it.
        pay_url: Where people can pay.
    """

    reference: str
    pay_url: str = ""


class PaymentEvent(enum.StrEnum):
    PAID = "paid"
    FAILED = "failed"


@attrs.frozen
class Notice:
    """What the provider tells of an invoice; it may tell it more than once, and in any order."""

    invoice: InvoiceId
    event: PaymentEvent
    reference: str
