"""Invoices: as data, as a page and as a PDF; operators make, issue, settle and void them."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Annotated

import attrs

from msgspec import Meta

from aldea_core.domain.access.audit import Facts
from aldea_core.domain.billing.invoices import Invoice, InvoiceFilter, InvoicePlace, NotNow
from aldea_core.domain.billing.months import Month
from aldea_core.domain.errors import BadRequest, existing
from aldea_core.domain.ids import InvoiceId, OrgId
from aldea_core.domain.pages import Page
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.invoices import Invoices
from aldea_core.use_cases.billing.make_invoices import MakeInvoice
from aldea_core.use_cases.billing.settle_invoice import IssueInvoice, PayInvoice, VoidInvoice
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.pages import PageQuery, page_and_next, place_of
from entrypoints.backend.pipeline.parsing import in_utc
from entrypoints.backend.pipeline.problems import ProblemError, ProblemKind, invalid
from entrypoints.backend.pipeline.routes import (
    OPERATOR,
    Document,
    Operation,
    Raw,
    Resource,
    Wanted,
    for_members,
)
from entrypoints.backend.pipeline.texts import Text, whole
from entrypoints.backend.resources.money_documents import InvoiceDocument
from entrypoints.backend.resources.printed import (
    Printer,
    as_page,
    as_pdf,
    html,
    pdf_answer,
)


_OPERATORS = "Operators"
_ONE = "/v1/orgs/{org}/invoices/{invoice}"
_ANY_ONE = "/v1/operator/invoices/{invoice}"


class InvoiceList(Document, frozen=True, kw_only=True):
    items: list[InvoiceDocument]
    next: str | None


class NewInvoice(Wanted, frozen=True, kw_only=True):
    org_id: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=64,
            pattern=whole("[0-9A-Za-z_.-]+", "Must be the id of an organisation."),
        ),
    ]
    month: Annotated[
        str,
        Meta(
            pattern=whole(r"20[0-9]{2}-(0[1-9]|1[0-2])", "Must be a month, as 2026-10."),
            description="One that is over.",
        ),
    ]


class MadeInvoice(Document, frozen=True, kw_only=True):
    invoice: Annotated[InvoiceDocument | None, Meta(description="None if nothing is owed.")]
    new: Annotated[bool, Meta(description="Whether it was made now.")]


def invoice_page(query: PageQuery) -> Page[InvoicePlace]:
    """
    The page of invoices that *query* asks for, newest first, and one invoice more.

    Raises:
        ProblemError: The cursor is malformed.
    """
    found = place_of(query.cursor, tuple[str, Annotated[datetime, Meta(tz=True)], Text])
    if found is None:
        return Page(query.limit + 1, newest_first=True)
    try:
        after = Month.parse(found[0]), in_utc(found[1], "cursor"), InvoiceId(found[2])
    except BadRequest:
        raise invalid("cursor", "Must be the `next` of another page.") from None
    return Page(query.limit + 1, after, newest_first=True)


def invoice_place(invoice: Invoice) -> tuple[str, datetime, InvoiceId]:
    """Where *invoice* is in lists, as cursors have it."""
    return str(invoice.month), invoice.made, invoice.id


def _step(name: str, summary: str) -> Operation:
    return Operation(
        "POST",
        f"{_ANY_ONE}/{name}",
        OPERATOR,
        summary,
        tag=_OPERATORS,
        action=f"invoice.{name}",
        refusals=(ProblemKind.CONFLICT,),
        in_transaction=False,  # the payment provider is slow
    )


@attrs.frozen
class InvoiceRoutes(Resource):
    TAG = "Invoices"

    invoices: Invoices
    accounts: Accounts
    make_invoice: MakeInvoice
    issue_invoice: IssueInvoice
    pay_invoice: PayInvoice
    void_invoice: VoidInvoice
    printer: Printer

    @Operation(
        "GET",
        "/v1/orgs/{org}/invoices",
        for_members("billing:read"),
        "List invoices, newest first",
        query=PageQuery,
    )
    async def get_invoices(self, call: Call) -> InvoiceList:
        query = call.query(PageQuery)
        found = await self.invoices.invoices(InvoiceFilter(call.org.id), invoice_page(query))
        page, following = page_and_next(found, query, invoice_place)
        return InvoiceList(items=[InvoiceDocument.of(one) for one in page], next=following)

    @Operation("GET", _ONE, for_members("billing:read"), "Show an invoice")
    async def get_invoice(self, call: Call) -> InvoiceDocument:
        return InvoiceDocument.of(await self._mine(call))

    @as_page("An invoice", _ONE, for_members("billing:read"))
    async def get_invoice_page(self, call: Call) -> Raw:
        return await self._page(await self._mine(call))

    @as_pdf("An invoice", _ONE, for_members("billing:read"))
    async def get_invoice_pdf(self, call: Call) -> Raw:
        return await self._pdf(await self._mine(call))

    @Operation(
        "POST",
        "/v1/operator/invoices",
        OPERATOR,
        "Make an organisation's invoice for a month",
        tag=_OPERATORS,
        body=NewInvoice,
        action="invoice.made",
        refusals=(ProblemKind.NOT_FOUND,),
        about="Idempotent. No call is needed: invoices are made every month.",
    )
    async def post_invoice(self, call: Call) -> MadeInvoice:
        wanted = call.body(NewInvoice)
        org, month = OrgId(wanted.org_id), Month.parse(wanted.month)
        made, new = await self.make_invoice(org, month)
        if made is None:
            return MadeInvoice(invoice=None, new=False)
        if new:
            call.note(made.id, after={"month": str(month), "total": made.total}, org=org)
        return MadeInvoice(invoice=InvoiceDocument.of(made), new=new)

    @Operation("GET", _ANY_ONE, OPERATOR, "Show anybody's invoice", tag=_OPERATORS)
    async def get_known_invoice(self, call: Call) -> InvoiceDocument:
        return InvoiceDocument.of(await self._any(call))

    @as_page("An invoice", _ANY_ONE, OPERATOR, tag=_OPERATORS)
    async def get_known_invoice_page(self, call: Call) -> Raw:
        return await self._page(await self._any(call))

    @as_pdf("An invoice", _ANY_ONE, OPERATOR, tag=_OPERATORS)
    async def get_known_invoice_pdf(self, call: Call) -> Raw:
        return await self._pdf(await self._any(call))

    @_step("issue", "Issue a draft, and have it collected")
    async def post_invoice_issue(self, call: Call) -> InvoiceDocument:
        return await self._become(call, self.issue_invoice)

    @_step("pay", "Note that an issued invoice was paid")
    async def post_invoice_payment(self, call: Call) -> InvoiceDocument:
        return await self._become(call, self.pay_invoice)

    @_step("void", "Take an invoice back: its usage goes on the next")
    async def post_invoice_void(self, call: Call) -> InvoiceDocument:
        return await self._become(call, self.void_invoice)

    async def _page(self, invoice: Invoice) -> Raw:
        return html(self.printer.page(invoice, await self.accounts.org(invoice.org)))

    async def _pdf(self, invoice: Invoice) -> Raw:
        at = invoice.issued or invoice.made
        render = partial(self.printer.pdf, invoice, await self.accounts.org(invoice.org), at=at)
        return await pdf_answer(render, f"invoice-{invoice.number or invoice.month}.pdf")

    async def _become(
        self, call: Call, change: Callable[[InvoiceId], Awaitable[Invoice | NotNow]]
    ) -> InvoiceDocument:
        before = await self._any(call)
        try:
            invoice = await change(before.id)
        finally:  # a provider that does not answer leaves it issued; one that has collected it, paid
            call.note(before.id, _facts(before), _facts(await self._any(call)), org=before.org)
        if isinstance(invoice, NotNow):
            raise ProblemError(ProblemKind.CONFLICT, str(invoice))
        return InvoiceDocument.of(invoice)

    def _id(self, call: Call) -> InvoiceId:
        return InvoiceId(call.path["invoice"])

    async def _mine(self, call: Call) -> Invoice:
        return _found(await self.invoices.invoice(call.org.id, self._id(call)))

    async def _any(self, call: Call) -> Invoice:
        return _found(await self.invoices.find(self._id(call)))


def _found(invoice: Invoice | None) -> Invoice:
    return existing(invoice, "There is no such invoice.")


def _facts(invoice: Invoice) -> Facts:
    return {"status": invoice.status.value, "number": invoice.number}
