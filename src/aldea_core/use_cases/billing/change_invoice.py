"""Change an invoice's status, and record the event in the same transaction."""

from datetime import datetime

import attrs

from aldea_core.domain.billing.invoices import Invoice, InvoiceStatus, NotNow
from aldea_core.domain.ids import InvoiceId
from aldea_core.domain.notifications.events import Data, EventType
from aldea_core.domain.times import utc
from aldea_core.ports.invoices import Invoices
from aldea_core.ports.transaction import Transaction
from aldea_core.use_cases.billing.find_terms import FindTerms
from aldea_core.use_cases.notifications.record_event import RecordEvent


_TYPES = {
    InvoiceStatus.ISSUED: EventType.INVOICE_ISSUED,
    InvoiceStatus.PAID: EventType.INVOICE_PAID,
    InvoiceStatus.VOID: EventType.INVOICE_VOIDED,
}


@attrs.frozen
class ChangeInvoice:
    """The one way in which invoices change, so that none changes without its event."""

    invoices: Invoices
    transaction: Transaction
    record_event: RecordEvent
    find_terms: FindTerms

    async def __call__(
        self,
        invoice: InvoiceId,
        status: InvoiceStatus,
        *,
        at: datetime,
        was: InvoiceStatus | None = None,
    ) -> Invoice | NotNow:
        """
        As `Invoices.become`. A draft that becomes void is no event: its org has not received it.

        Raises:
            NotFound: There is no such invoice.
        """
        async with self.transaction.about(invoice):
            terms = None
            if status is InvoiceStatus.ISSUED:
                known = await self.invoices.find(invoice)
                terms = None if known is None else await self.find_terms(known.org)
            changed = await self.invoices.become(invoice, status, at=at, was=was, terms=terms)
            if isinstance(changed, Invoice) and changed.number:
                await self.record_event(
                    changed.org, _TYPES[status], facts(changed), once=f"{status}:{invoice}"
                )
        return changed


def facts(invoice: Invoice) -> Data:
    """What events say of an invoice."""
    return {
        "invoice_id": invoice.id,
        "number": invoice.number,
        "month": str(invoice.month),
        "total": invoice.total,
        "currency": invoice.currency,
        "pay_url": invoice.pay_url,
        "due_at": None if invoice.due is None else utc(invoice.due),
    }
