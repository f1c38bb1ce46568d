"""Create the invoices of a month. Idempotent."""

from collections.abc import AsyncIterator
from datetime import datetime

import attrs

from aldea_core.domain.billing.charges import Unbilled
from aldea_core.domain.billing.invoices import GRACE, Invoice, drafted
from aldea_core.domain.billing.months import Month
from aldea_core.domain.errors import BadRequest, NotFound
from aldea_core.domain.ids import InvoiceId, OrgId
from aldea_core.ports.clock import Clock
from aldea_core.ports.invoices import Invoices
from aldea_core.ports.randomness import Randomness
from aldea_core.use_cases.billing.find_plans import FindPlans
from aldea_core.use_cases.billing.find_terms import FindTerms
from aldea_core.use_cases.sync.walk_orgs import WalkOrgs


@attrs.frozen
class MakeInvoice:
    """Creates one org's invoice."""

    invoices: Invoices
    find_plans: FindPlans
    find_terms: FindTerms
    randomness: Randomness
    clock: Clock

    async def __call__(
        self, org: OrgId, month: Month, *, is_last: bool = False
    ) -> tuple[Invoice | None, bool]:
        """
        The org's invoice for *month*, and whether this call created it; None if the org owes
        nothing.

        Args:
            is_last: The org is about to be deleted, so the month need not be over.

        Raises:
            BadRequest: The month is not over.
            NotFound: There is no such org.
        """
        now = self.clock.now()
        if month.ends > now and not is_last:
            raise BadRequest(f"{month.words} is not over yet.")
        history = await self.find_plans(org)
        terms = await self.find_terms(org)
        made = InvoiceId(self.randomness.uuid())

        def draft(unbilled: Unbilled) -> Invoice | None:
            months = {month, *(usage.month for usage in unbilled.usage)}
            return drafted(made, org, month, unbilled, history.of(months), at=now, terms=terms)

        return await self.invoices.make(made, org, month, draft)


@attrs.frozen
class Made:
    """The result for *org*: a *new* or existing invoice, or None."""

    org: OrgId
    name: str
    invoice: Invoice | None
    new: bool


@attrs.frozen
class MakeInvoices:
    """Creates the invoices of all orgs, one after the other; may be interrupted and repeated."""

    walk_orgs: WalkOrgs
    make_invoice: MakeInvoice

    async def __call__(self, month: Month) -> AsyncIterator[Made]:
        async for org in self.walk_orgs():
            if org.created >= month.ends:
                return
            try:
                invoice, new = await self.make_invoice(org.id, month)
            except NotFound:  # the org was removed concurrently
                continue
            yield Made(org.id, org.name, invoice, new)


@attrs.define
class MakeDueInvoices:
    """Creates last month's invoices once all records have had time to arrive. Runs periodically."""

    make_invoices: MakeInvoices
    clock: Clock
    _done: Month | None = attrs.field(default=None, init=False)

    async def __call__(self) -> int:
        """The number of invoices created; 0 without any query once the month is complete."""
        month = due(self.clock.now())
        if month == self._done:
            return 0
        made = 0
        async for one in self.make_invoices(month):
            made += one.new
        self._done = month
        return made


def due(at: datetime) -> Month:
    """The last month whose invoices are due: its records have had time to arrive."""
    return Month.of(at - GRACE).previous
