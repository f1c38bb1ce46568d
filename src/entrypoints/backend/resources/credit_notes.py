"""Credit notes: operators make them on invoices; organisations see theirs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import attrs

from msgspec import Meta

from aldea_core.domain.billing.credit_notes import CreditNote, NotCreditable
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import CreditNoteId, InvoiceId
from aldea_core.ports.credit_notes import CreditNotes
from aldea_core.use_cases.billing.credit_invoice import CreditInvoice
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.pages import PageQuery, cursor_to, place_of
from entrypoints.backend.pipeline.problems import ProblemError, ProblemKind
from entrypoints.backend.pipeline.routes import OPERATOR, Document, Route, Wanted, members
from entrypoints.backend.pipeline.texts import Name, Text
from entrypoints.backend.resources.money_documents import Currency, Minor, digits


_TAG = "Invoices"


class CreditNoteDocument(Document, frozen=True, kw_only=True):
    """What was given back of an invoice, which stays as it is."""

    id: str
    number: str
    invoice_id: str
    invoice_number: str
    currency: Currency
    subtotal: Annotated[int, Meta(description="Without tax, in minor units.")]
    tax_rate: Annotated[str, Meta(description="The invoice's, in per cent.")]
    tax: Minor
    total: Minor
    reason: str
    issued_at: datetime

    @classmethod
    def of(cls, note: CreditNote) -> "CreditNoteDocument":
        return cls(
            id=note.id,
            number=note.number,
            invoice_id=note.invoice,
            invoice_number=note.invoice_number,
            currency=note.currency,
            subtotal=note.amount,
            tax_rate=digits(note.tax_rate),
            tax=note.tax,
            total=note.total,
            reason=note.reason,
            issued_at=note.issued,
        )


class CreditNoteList(Document, frozen=True, kw_only=True):
    """Newest first."""

    items: list[CreditNoteDocument]
    next: str | None


class NewCreditNote(Wanted, frozen=True, kw_only=True):
    amount: Annotated[
        int, Meta(ge=1, le=10**12, description="Without tax, in minor units of the currency.")
    ]
    reason: Name


@attrs.frozen
class CreditNoteRoutes:
    credit_notes: CreditNotes
    credit_invoice: CreditInvoice

    async def get_credit_notes(self, call: Call) -> CreditNoteList:
        query = call.query(PageQuery)
        before = place_of(query.cursor, Text)
        found = await self.credit_notes.of_org(call.org.id, before=before, limit=query.limit + 1)
        page = found[: query.limit]
        return CreditNoteList(
            items=[CreditNoteDocument.of(note) for note in page],
            next=cursor_to(page[-1].number) if len(found) > len(page) else None,
        )

    async def get_credit_note(self, call: Call) -> CreditNoteDocument:
        note = await self.credit_notes.find(call.org.id, CreditNoteId(call.path["credit_note"]))
        if note is None:
            raise NotFound("There is no such credit note.")
        return CreditNoteDocument.of(note)

    async def post_credit_note(self, call: Call) -> CreditNoteDocument:
        wanted = call.body(NewCreditNote)
        invoice = InvoiceId(call.path["invoice"])
        made = await self.credit_invoice(invoice, wanted.amount, wanted.reason)
        if isinstance(made, NotCreditable):
            raise ProblemError(ProblemKind.CONFLICT, str(made))
        call.note(made.id, after={"invoice": invoice, "total": made.total}, org=made.org)
        return CreditNoteDocument.of(made)

    def routes(self) -> Sequence[Route]:
        mine = "/v1/orgs/{org}/credit-notes"
        return (
            Route(
                "GET",
                mine,
                self.get_credit_notes,
                members("billing:read"),
                _TAG,
                "List credit notes, newest first",
                query=PageQuery,
                answer=CreditNoteList,
            ),
            Route(
                "GET",
                mine + "/{credit_note}",
                self.get_credit_note,
                members("billing:read"),
                _TAG,
                "Show a credit note",
                answer=CreditNoteDocument,
            ),
            Route(
                "POST",
                "/v1/operator/invoices/{invoice}/credit-notes",
                self.post_credit_note,
                OPERATOR,
                "Operators",
                "Credit a part of an issued invoice, or all of it",
                body=NewCreditNote,
                answer=CreditNoteDocument,
                status=201,
                action="invoice.credited",
                refusals=(ProblemKind.CONFLICT,),
                about="The invoice stays as it is, and nothing is paid back by it.",
            ),
        )
