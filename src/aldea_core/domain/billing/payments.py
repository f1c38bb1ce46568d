"""The payment provider's responses and notices."""

import enum

import attrs

from aldea_core.domain.ids import InvoiceId, OrgId


@attrs.frozen
class Payer:
    """
    The org that pays an invoice, as the provider knows it.

    Attributes:
        email: Where the provider sends the invoice; empty if there is no address.
    """

    org: OrgId
    name: str
    email: str


@attrs.frozen
class Requested:
    """
    The provider accepted the invoice.

    Attributes:
        reference: The provider's id of the invoice.
        pay_url: The provider's page where the org can pay.
    """

    reference: str
    pay_url: str = ""


class PaymentEvent(enum.StrEnum):
    PAID = "paid"
    FAILED = "failed"


@attrs.frozen
class Notice:
    """
    A provider's notice about an invoice. Notices may be repeated and arrive in any order.

    Attributes:
        id: The provider's id of the notice; the same when it is repeated.
        is_test: Whether no money is in it. Several deployments may share an account for tests, and
            each gets the notices of all.
    """

    invoice: InvoiceId
    event: PaymentEvent
    reference: str
    id: str
    is_test: bool = False
