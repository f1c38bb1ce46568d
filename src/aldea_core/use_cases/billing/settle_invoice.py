"""Issue an invoice, note that it was paid, or make it void."""

import attrs

from aldea_core.domain.billing.invoices import Invoice, InvoiceStatus, NotNow
from aldea_core.domain.billing.payments import Notice, PaymentEvent
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import InvoiceId
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.clock import Clock
from aldea_core.ports.invoices import Invoices
from aldea_core.ports.payments import Payments


@attrs.frozen
class IssueInvoice:
    """
    Gives it its number and asks the payment provider to collect it.

    The number first: if the provider does not answer, issuing it again asks again, and the
    provider knows an invoice that it was asked before.
    """

    invoices: Invoices
    accounts: Accounts
    payments: Payments
    clock: Clock

    async def __call__(self, invoice: InvoiceId) -> Invoice | NotNow:
        """
        Raises:
            NotFound: There is no such invoice.
            Unavailable: The provider does not answer; the invoice is issued.
        """
        issued = await self.invoices.become(invoice, InvoiceStatus.ISSUED, at=self.clock.now())
        if isinstance(issued, NotNow) or issued.reference or not issued.is_owed:
            return issued
        org = await self.accounts.org(issued.org)
        requested = None if org is None else await self.payments.request(org, issued)
        if requested is not None:
            await self.invoices.requested(invoice, requested)
            return attrs.evolve(issued, reference=requested.reference, pay_url=requested.pay_url)
        return issued


@attrs.frozen
class PayInvoice:
    """Notes that it was paid in another way than through the provider, which is told so first."""

    invoices: Invoices
    accounts: Accounts
    payments: Payments
    clock: Clock

    async def __call__(self, invoice: InvoiceId) -> Invoice | NotNow:
        """
        Raises:
            NotFound: There is no such invoice.
            Unavailable: The provider does not answer; the invoice is still owed.
        """
        known = await _known(self.invoices, invoice)
        if known.is_owed:
            org = await self.accounts.org(known.org)
            await self.payments.withdraw(org, known, is_paid=True)
        now = self.clock.now()
        return await self.invoices.become(invoice, InvoiceStatus.PAID, at=now, was=known.status)


@attrs.frozen
class VoidInvoice:
    """
    Takes it back; what it billed goes to the next one.

    The provider first: nobody may pay what is billed again. If somebody has paid, it is paid.
    """

    invoices: Invoices
    accounts: Accounts
    payments: Payments
    clock: Clock

    async def __call__(self, invoice: InvoiceId) -> Invoice | NotNow:
        """
        Raises:
            NotFound: There is no such invoice.
            Unavailable: The provider does not answer; the invoice is still owed.
        """
        known, now = await _known(self.invoices, invoice), self.clock.now()
        if known.is_owed:
            org = await self.accounts.org(known.org)
            if not await self.payments.withdraw(org, known, is_paid=False):
                await self.invoices.become(invoice, InvoiceStatus.PAID, at=now)
                return NotNow(InvoiceStatus.PAID)
        # A draft that is issued meanwhile is not withdrawn yet.
        return await self.invoices.become(invoice, InvoiceStatus.VOID, at=now, was=known.status)


@attrs.frozen
class HearPayment:
    """Takes notice of what the payment provider tells."""

    payments: Payments
    invoices: Invoices
    clock: Clock

    async def __call__(self, body: bytes, signature: str) -> Notice | None:
        """
        What it was about; None if it is about nothing of ours. A failed payment changes nothing:
        the invoice stays owed.

        Raises:
            BadRequest: The provider did not write this.
            NotFound: There is no such invoice, or it is another one at the provider.
        """
        notice = self.payments.read(body, signature)
        if notice is None:
            return None
        invoice = await self.invoices.find(notice.invoice)
        if invoice is None or invoice.reference not in {"", notice.reference}:
            raise NotFound("There is no such invoice.")
        if notice.event is PaymentEvent.PAID:
            await self.invoices.become(notice.invoice, InvoiceStatus.PAID, at=self.clock.now())
        return notice


async def _known(invoices: Invoices, invoice: InvoiceId) -> Invoice:
    known = await invoices.find(invoice)
    if known is None:
        raise NotFound("There is no such invoice.")
    return known
