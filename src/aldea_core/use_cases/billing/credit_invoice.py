"""Credit a part of an issued invoice, or all of it."""

import attrs

from aldea_core.domain.billing.credit_notes import CreditNote, NotCreditable, credit_of
from aldea_core.domain.billing.invoices import Invoice
from aldea_core.domain.errors import existing
from aldea_core.domain.ids import CreditNoteId, InvoiceId
from aldea_core.domain.notifications.events import EventType
from aldea_core.ports.clock import Clock
from aldea_core.ports.credit_notes import CreditNotes
from aldea_core.ports.invoices import Invoices
from aldea_core.ports.payments import Payments
from aldea_core.ports.randomness import Randomness
from aldea_core.ports.transaction import Transaction
from aldea_core.use_cases.billing.find_payer import FindPayer
from aldea_core.use_cases.notifications.record_event import RecordEvent


@attrs.frozen
class CreditInvoice:
    """The invoice stays as it is. Nothing is paid back: operators do that."""

    invoices: Invoices
    find_payer: FindPayer
    payments: Payments
    credit_notes: CreditNotes
    transaction: Transaction
    record_event: RecordEvent
    randomness: Randomness
    clock: Clock

    async def __call__(
        self, invoice: InvoiceId, amount: int, reason: str
    ) -> CreditNote | NotCreditable:
        """
        Args:
            amount: Without tax, in minor units of the invoice's currency.

        Raises:
            BadRequest: The amount is not positive.
            NotFound: There is no such invoice.
        """
        note, now = CreditNoteId(self.randomness.uuid()), self.clock.now()
        async with self.transaction.about(invoice):
            known = existing(await self.invoices.find(invoice), "There is no such invoice.")
            is_collected = await self._is_collected(known)

            def draft(credited: int) -> CreditNote | NotCreditable:
                return credit_of(
                    known,
                    note,
                    amount,
                    reason,
                    credited=credited,
                    is_collected=is_collected,
                    at=now,
                )

            made = await self.credit_notes.make(invoice, draft)
            if isinstance(made, CreditNote):
                await self.record_event(
                    made.org,
                    EventType.CREDIT_NOTE_ISSUED,
                    {
                        "credit_note_id": made.id,
                        "number": made.number,
                        "invoice_id": made.invoice,
                        "invoice_number": made.invoice_number,
                        "total": made.total,
                        "currency": made.currency,
                        "reason": made.reason,
                    },
                )
        return made

    async def _is_collected(self, invoice: Invoice) -> bool:
        """Also if the provider has not answered yet: issuing the invoice again asks it once more."""
        if invoice.reference:
            return True
        payer = await self.find_payer(invoice)
        return payer is not None and self.payments.collects(payer, invoice)
