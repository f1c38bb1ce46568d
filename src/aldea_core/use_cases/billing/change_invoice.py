"""Change an invoice's status, and record the event in the same transaction."""

from datetime import datetime

import attrs

from aldea_core.domain.billing.invoices import Invoice, InvoiceStatus, NotNow, may_become
from aldea_core.domain.ids import InvoiceId
from aldea_core.domain.notifications.events import Data, EventType
from aldea_core.domain.times import utc
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.credit_notes import CreditNotes
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

    accounts: Accounts
    invoices: Invoices
    credit_notes: CreditNotes
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
        As `Invoices.become`, but that an invoice with credit notes does not become void: what was
        given back would be given back of nothing, as its usage is billed again. A draft that becomes
        void is no event: its org has not received it. An issued one has customer and tax as they are
        now, or as its draft has them if its org is deleted.

        Raises:
            NotFound: There is no such invoice.
        """
        async with self.transaction.about(invoice):
            known, terms = await self.invoices.find(invoice), None
            if known is not None and status is InvoiceStatus.ISSUED:
                # In this order: an org that is deleted meanwhile has no terms any more.
                terms = await self.find_terms(known.org)
                if await self.accounts.org(known.org) is None:
                    terms = None
            if known is not None and status is InvoiceStatus.VOID:
                is_credited = await self.credit_notes.credited(invoice) > 0
                if is_credited and may_become(known.status, status):
                    return NotNow(known.status, is_credited=True)
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
