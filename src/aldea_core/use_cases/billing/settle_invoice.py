"""Issue an invoice, mark it as paid, or make it void."""

import attrs

from aldea_core.domain.billing.invoices import Invoice, InvoiceStatus, NotNow
from aldea_core.domain.billing.payments import Notice, PaymentEvent
from aldea_core.domain.errors import NotFound, existing
from aldea_core.domain.ids import InvoiceId
from aldea_core.domain.notifications.events import EventType
from aldea_core.ports.clock import Clock
from aldea_core.ports.credit_notes import CreditNotes
from aldea_core.ports.invoices import Invoices
from aldea_core.ports.payments import Payments
from aldea_core.use_cases.billing.change_invoice import ChangeInvoice, facts
from aldea_core.use_cases.billing.find_payer import FindPayer
from aldea_core.use_cases.notifications.record_event import RecordEvent


@attrs.frozen
class IssueInvoice:
    """
    Gives the invoice its number, then asks the payment provider to collect it.

    If the provider does not answer, issuing the invoice again repeats the request, which is
    idempotent at the provider. A provider that did not collect the invoice when it was issued, and
    now would, is not asked once there are credit notes: it collects whole invoices.
    """

    invoices: Invoices
    credit_notes: CreditNotes
    find_payer: FindPayer
    payments: Payments
    change_invoice: ChangeInvoice
    clock: Clock

    async def __call__(self, invoice: InvoiceId) -> Invoice | NotNow:
        """
        Raises:
            NotFound: There is no such invoice.
            Unavailable: The provider does not answer; the invoice is issued.
        """
        issued = await self.change_invoice(invoice, InvoiceStatus.ISSUED, at=self.clock.now())
        if isinstance(issued, NotNow) or issued.reference or not issued.is_owed:
            return issued
        if await self.credit_notes.credited(invoice):
            return issued
        payer = await self.find_payer(issued)
        requested = None if payer is None else await self.payments.request(payer, issued)
        if requested is not None:
            await self.invoices.requested(invoice, requested)
            return attrs.evolve(issued, reference=requested.reference, pay_url=requested.pay_url)
        return issued


@attrs.frozen
class PayInvoice:
    """Marks an invoice as paid outside the provider, after withdrawing it from the provider."""

    invoices: Invoices
    find_payer: FindPayer
    payments: Payments
    change_invoice: ChangeInvoice
    clock: Clock

    async def __call__(self, invoice: InvoiceId) -> Invoice | NotNow:
        """
        Raises:
            NotFound: There is no such invoice.
            Unavailable: The provider does not answer; the invoice is still owed.
        """
        known = await _known(self.invoices, invoice)
        if known.is_owed:
            payer = await self.find_payer(known)
            await self.payments.withdraw(payer, known, is_paid=True)
        now = self.clock.now()
        return await self.change_invoice(invoice, InvoiceStatus.PAID, at=now, was=known.status)


@attrs.frozen
class VoidInvoice:
    """
    Makes an invoice void; the next invoice bills its usage again.

    It is withdrawn from the provider first, so that it cannot be paid and billed twice. If the
    provider has collected it, it becomes paid instead.
    """

    invoices: Invoices
    find_payer: FindPayer
    payments: Payments
    change_invoice: ChangeInvoice
    clock: Clock

    async def __call__(self, invoice: InvoiceId) -> Invoice | NotNow:
        """
        Raises:
            NotFound: There is no such invoice.
            Unavailable: The provider does not answer; the invoice is still owed.
        """
        known, now = await _known(self.invoices, invoice), self.clock.now()
        if known.is_owed:
            payer = await self.find_payer(known)
            if not await self.payments.withdraw(payer, known, is_paid=False):
                await self.change_invoice(invoice, InvoiceStatus.PAID, at=now)
                return NotNow(InvoiceStatus.PAID)
        # A draft that was issued concurrently is not withdrawn yet, hence *was*.
        return await self.change_invoice(invoice, InvoiceStatus.VOID, at=now, was=known.status)


@attrs.frozen
class ProcessPaymentNotice:
    """Processes notices (webhooks) of the payment provider."""

    payments: Payments
    invoices: Invoices
    change_invoice: ChangeInvoice
    record_event: RecordEvent
    clock: Clock

    async def __call__(self, body: bytes, signature: str) -> Notice | None:
        """
        The notice, or None if it concerns no invoice of this deployment, as one of a test may. A
        failed payment changes no status: the invoice is still owed. The org gets an event.

        Raises:
            BadRequest: The signature is not the provider's.
            NotFound: There is no such invoice, or it has another reference at the provider.
        """
        notice = self.payments.read(body, signature)
        if notice is None:
            return None
        invoice = await self.invoices.find(notice.invoice)
        if invoice is None and notice.is_test:
            return None
        if invoice is None or invoice.reference not in {"", notice.reference}:
            raise NotFound("There is no such invoice.")
        if notice.event is PaymentEvent.PAID:
            await self.change_invoice(notice.invoice, InvoiceStatus.PAID, at=self.clock.now())
        elif invoice.is_owed:
            await self.record_event(
                invoice.org,
                EventType.INVOICE_PAYMENT_FAILED,
                facts(invoice),
                once=f"payment_failed:{notice.id}",
            )
        return notice


async def _known(invoices: Invoices, invoice: InvoiceId) -> Invoice:
    return existing(await invoices.find(invoice), "There is no such invoice.")
