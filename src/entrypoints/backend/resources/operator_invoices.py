"""For operators of the platform: the invoices of all organisations."""

from typing import Annotated

import attrs

from msgspec import Meta

from aldea_core.domain.billing.invoices import InvoiceFilter, InvoiceStatus
from aldea_core.ports.invoices import Invoices
from aldea_core.ports.org_search import OrgSearch
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.pages import PageQuery, page_and_next
from entrypoints.backend.pipeline.routes import OPERATOR, Document, Operation, Resource
from entrypoints.backend.resources.invoices import invoice_page, invoice_place
from entrypoints.backend.resources.money_documents import InvoiceDocument


class InvoiceOfOrg(Document, frozen=True, kw_only=True):
    org_name: Annotated[str | None, Meta(description="Null if the organisation was removed.")]
    invoice: InvoiceDocument


class InvoicesOfOrgs(Document, frozen=True, kw_only=True):
    """Newest first."""

    items: list[InvoiceOfOrg]
    next: str | None


class InvoiceQuery(PageQuery, frozen=True, kw_only=True):
    status: InvoiceStatus | None = None


@attrs.frozen
class OperatorInvoiceRoutes(Resource):
    TAG = "Operators"

    invoices: Invoices
    org_search: OrgSearch

    @Operation(
        "GET",
        "/v1/operator/invoices",
        OPERATOR,
        "List the invoices of all organisations, newest first",
        query=InvoiceQuery,
    )
    async def get_known_invoices(self, call: Call) -> InvoicesOfOrgs:
        query = call.query(InvoiceQuery)
        which = InvoiceFilter(status=query.status)
        found = await self.invoices.invoices(which, invoice_page(query))
        page, following = page_and_next(found, query, invoice_place)
        names = await self.org_search.names({one.org for one in page})
        return InvoicesOfOrgs(
            items=[
                InvoiceOfOrg(org_name=names.get(one.org), invoice=InvoiceDocument.of(one))
                for one in page
            ],
            next=following,
        )
