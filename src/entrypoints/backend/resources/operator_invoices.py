"""For operators of the platform: the invoices of all organisations."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import attrs

from msgspec import Meta

from aldea_core.domain.billing.invoices import InvoiceStatus
from aldea_core.domain.billing.months import Month
from aldea_core.domain.errors import BadRequest
from aldea_core.domain.ids import InvoiceId
from aldea_core.ports.invoices import InvoicePlace, Invoices
from aldea_core.ports.org_search import OrgSearch
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.pages import PageQuery, cursor_to, place_of
from entrypoints.backend.pipeline.parsing import in_utc
from entrypoints.backend.pipeline.problems import invalid
from entrypoints.backend.pipeline.routes import OPERATOR, Document, Route
from entrypoints.backend.pipeline.texts import Text
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
class OperatorInvoiceRoutes:
    invoices: Invoices
    org_search: OrgSearch

    async def get_known_invoices(self, call: Call) -> InvoicesOfOrgs:
        query = call.query(InvoiceQuery)
        after = _place(query.cursor)
        found = await self.invoices.of_all_orgs(query.status, after=after, limit=query.limit + 1)
        page = found[: query.limit]
        names = await self.org_search.names({one.org for one in page})
        last = page[-1] if len(found) > len(page) else None
        return InvoicesOfOrgs(
            items=[
                InvoiceOfOrg(org_name=names.get(one.org), invoice=InvoiceDocument.of(one))
                for one in page
            ],
            next=None if last is None else cursor_to((str(last.month), last.made, last.id)),
        )

    def routes(self) -> Sequence[Route]:
        return (
            Route(
                "GET",
                "/v1/operator/invoices",
                self.get_known_invoices,
                OPERATOR,
                "Operators",
                "List the invoices of all organisations, newest first",
                query=InvoiceQuery,
                answer=InvoicesOfOrgs,
            ),
        )


def _place(cursor: str | None) -> InvoicePlace | None:
    found = place_of(cursor, tuple[str, Annotated[datetime, Meta(tz=True)], Text])
    if found is None:
        return None
    try:
        return Month.parse(found[0]), in_utc(found[1], "cursor"), InvoiceId(found[2])
    except BadRequest:
        raise invalid("cursor", "Must be the `next` of another page.") from None
