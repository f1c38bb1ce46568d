"""Payments without a provider: `NoPayments` does nothing, `MemoryPayments` records calls."""

import hashlib
import hmac
import json

from typing import final

import attrs

from typing_extensions import override

from aldea_core.domain.billing.invoices import Invoice
from aldea_core.domain.billing.payments import Notice, Payer, PaymentEvent, Requested
from aldea_core.domain.errors import BadRequest
from aldea_core.domain.ids import InvoiceId
from aldea_core.ports.payments import Payments


@final
@attrs.frozen
class NoPayments(Payments):
    """No payment provider: an operator marks invoices as paid."""

    @override
    def collects(self, payer: Payer, invoice: Invoice) -> bool:
        return False

    @override
    async def request(self, payer: Payer, invoice: Invoice) -> Requested | None:
        return None

    @override
    async def withdraw(self, payer: Payer | None, invoice: Invoice, *, is_paid: bool) -> bool:
        return True

    @override
    def read(self, body: bytes, signature: str) -> Notice | None:
        raise BadRequest("There is no payment provider.")


@final
@attrs.frozen
class MemoryPayments(Payments):
    """
    A payment provider that records its calls.

    Attributes:
        asked: The total of each invoice to collect, or collected.
        collected: Invoices that were collected.
    """

    asked: dict[InvoiceId, int] = attrs.field(factory=dict)
    collected: set[InvoiceId] = attrs.field(factory=set)
    secret: bytes = attrs.field(default=b"between us", repr=False)

    @override
    def collects(self, payer: Payer, invoice: Invoice) -> bool:
        return invoice.is_owed

    @override
    async def request(self, payer: Payer, invoice: Invoice) -> Requested | None:
        self.asked[invoice.id] = invoice.total
        return Requested(f"memory-{invoice.id}", f"https://pay.example/{invoice.id}")

    @override
    async def withdraw(self, payer: Payer | None, invoice: Invoice, *, is_paid: bool) -> bool:
        if invoice.id in self.collected:
            return False
        self.asked.pop(invoice.id, None)
        return True

    @override
    def read(self, body: bytes, signature: str) -> Notice | None:
        if not hmac.compare_digest(signature, self.sign(body)):
            raise BadRequest("The signature is wrong.")
        notice = json.loads(body)
        if "invoice" not in notice:
            return None
        invoice = InvoiceId(notice["invoice"])
        digest = hashlib.sha256(body).hexdigest()
        event, is_test = PaymentEvent(notice["event"]), bool(notice.get("is_test"))
        return Notice(invoice, event, f"memory-{invoice}", digest, is_test)

    def sign(self, body: bytes) -> str:
        return hmac.new(self.secret, body, hashlib.sha256).hexdigest()
