"""Credit notes: operators make them on invoices; organisations see theirs."""

from functools import partial
from typing import Annotated

import attrs

from msgspec import Meta

from aldea_core.domain.access.orgs import Org
from aldea_core.domain.billing.credit_notes import CreditNote, NotCreditable
from aldea_core.domain.billing.invoices import Invoice
from aldea_core.domain.billing.money import MOST_AMOUNT
from aldea_core.domain.errors import existing
from aldea_core.domain.ids import CreditNoteId, InvoiceId
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.credit_notes import CreditNotes
from aldea_core.ports.invoices import Invoices
from aldea_core.use_cases.billing.credit_invoice import CreditInvoice
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.pages import PageQuery, page_and_next, place_of
from entrypoints.backend.pipeline.problems import ProblemError, ProblemKind
from entrypoints.backend.pipeline.routes import (
    OPERATOR,
    Document,
    Operation,
    Raw,
    Resource,
    Wanted,
    for_members,
)
from entrypoints.backend.pipeline.texts import Moment, Name, Text
from entrypoints.backend.resources.money_documents import Currency, Minor, digits
from entrypoints.backend.resources.printed import (
    Printer,
    as_page,
    as_pdf,
    html,
    pdf_answer,
)


_ONE = "/v1/orgs/{org}/credit-notes/{credit_note}"


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
    issued_at: Moment

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
        int,
        Meta(ge=1, le=MOST_AMOUNT, description="Without tax, in minor units of the currency."),
    ]
    reason: Name


@attrs.frozen
class CreditNoteRoutes(Resource):
    TAG = "Invoices"

    credit_notes: CreditNotes
    invoices: Invoices
    accounts: Accounts
    credit_invoice: CreditInvoice
    printer: Printer

    @Operation(
        "GET",
        "/v1/orgs/{org}/credit-notes",
        for_members("billing:read"),
        "List credit notes, newest first",
        query=PageQuery,
    )
    async def get_credit_notes(self, call: Call) -> CreditNoteList:
        query = call.query(PageQuery)
        before = place_of(query.cursor, Text)
        found = await self.credit_notes.of_org(call.org.id, before=before, limit=query.limit + 1)
        page, following = page_and_next(found, query, lambda note: note.number)
        return CreditNoteList(items=[CreditNoteDocument.of(note) for note in page], next=following)

    @Operation("GET", _ONE, for_members("billing:read"), "Show a credit note")
    async def get_credit_note(self, call: Call) -> CreditNoteDocument:
        return CreditNoteDocument.of(await self._mine(call))

    @as_page("A credit note", _ONE, for_members("billing:read"))
    async def get_credit_note_page(self, call: Call) -> Raw:
        return html(self.printer.credit_note_page(*await self._printed(call)))

    @as_pdf("A credit note", _ONE, for_members("billing:read"))
    async def get_credit_note_pdf(self, call: Call) -> Raw:
        note, invoice, org = await self._printed(call)
        render = partial(self.printer.credit_note_pdf, note, invoice, org)
        return await pdf_answer(render, f"credit-note-{note.number}.pdf")

    async def _mine(self, call: Call) -> CreditNote:
        note = await self.credit_notes.find(call.org.id, CreditNoteId(call.path["credit_note"]))
        return existing(note, "There is no such credit note.")

    async def _printed(self, call: Call) -> tuple[CreditNote, Invoice, Org | None]:
        note = await self._mine(call)
        invoice = await self.invoices.find(note.invoice)
        assert invoice is not None  # invoices with a number are never deleted
        return note, invoice, await self.accounts.org(note.org)

    @Operation(
        "POST",
        "/v1/operator/invoices/{invoice}/credit-notes",
        OPERATOR,
        "Credit a part of an issued invoice, or all of it",
        tag="Operators",
        body=NewCreditNote,
        status=201,
        action="invoice.credited",
        refusals=(ProblemKind.CONFLICT,),
        about="The invoice stays as it is, and nothing is paid back by it.",
    )
    async def post_credit_note(self, call: Call) -> CreditNoteDocument:
        wanted = call.body(NewCreditNote)
        invoice = InvoiceId(call.path["invoice"])
        made = await self.credit_invoice(invoice, wanted.amount, wanted.reason)
        if isinstance(made, NotCreditable):
            raise ProblemError(ProblemKind.CONFLICT, str(made))
        call.note(made.id, after={"invoice": invoice, "total": made.total}, org=made.org)
        return CreditNoteDocument.of(made)
