"""Issue an invoice, note that it was paid, or make it void."""

import attrs

from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import InvoiceId
from aldea_core.domain.invoices import Invoice, InvoiceStatus, NotNow
from aldea_core.domain.payments import Notice, PaymentEvent
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
        if isinstance(issued, NotNow) or issued.reference or issued.total <= 0:
            return issued
        org = await self.accounts.org(issued.org)
        requested = None if org is None else await self.payments.request(org, issued)
        if requested is not None:
            await self.invoices.requested(invoice, requested)
            return attrs.evolve(issued, reference=requested.reference, pay_url=requested.pay_url)
        return issued


@attrs.frozen
class PayInvoice:
    """Notes that it was paid."""

    invoices: Invoices
    clock: Clock

    async def __call__(self, invoice: InvoiceId) -> Invoice | NotNow:
        """
        Raises:
            NotFound: There is no such invoice.
        """
        return await self.invoices.become(invoice, InvoiceStatus.PAID, at=self.clock.now())


@attrs.frozen
class VoidInvoice:
    """Takes it back; what it billed goes to the next one."""

    invoices: Invoices
    clock: Clock

    async def __call__(self, invoice: InvoiceId) -> Invoice | NotNow:
        """
        Raises:
            NotFound: There is no such invoice.
        """
        return await self.invoices.become(invoice, InvoiceStatus.VOID, at=self.clock.now())


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
