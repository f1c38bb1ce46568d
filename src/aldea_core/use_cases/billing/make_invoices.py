"""Create the invoices of a month. Idempotent."""

from collections.abc import AsyncIterator
from datetime import datetime

import attrs

from aldea_core.domain.billing.charges import Unbilled
from aldea_core.domain.billing.invoices import (
    GRACE,
    Invoice,
    InvoiceFilter,
    InvoiceStatus,
    drafted,
)
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.profiles import InvoiceTerms
from aldea_core.domain.errors import BadRequest, NotFound
from aldea_core.domain.ids import InvoiceId, OrgId
from aldea_core.domain.pages import Page
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.clock import Clock
from aldea_core.ports.invoices import Invoices
from aldea_core.ports.randomness import Randomness
from aldea_core.use_cases.billing.find_plans import FindPlans, PlanHistory
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
        if month.ends > self.clock.now() and not is_last:
            raise BadRequest(f"{month.words} is not over yet.")
        # In this order: an org that is deleted meanwhile has no terms any more, and is not found.
        terms, history = await self.find_terms(org), await self.find_plans(org)
        return await self._make(org, month, history, terms, has_fee=True)

    async def of_deleted(self, org: OrgId, month: Month) -> tuple[Invoice | None, bool]:
        """
        The invoice of what came in after the org was deleted, to its customer: as it was then or, when
        that is long ago, to that of its last invoice. It is of the month after, if *month* has an
        invoice: the one that was made when the org was deleted. Without a fee, unless that is void.

        Raises:
            Unavailable: The store does not answer; the call may be repeated.
        """
        history = await self.find_plans.of_deleted(org)
        terms = await self.find_terms.of_deleted(org)
        if terms is None:
            last = await self.invoices.invoices(InvoiceFilter(org), Page(1, newest_first=True))
            terms = last[0].terms if last else InvoiceTerms()
        void = await self.invoices.invoices(InvoiceFilter(org, InvoiceStatus.VOID))
        has_fee = any(one.month == month and one.has_fee for one in void)
        made, new = await self._make(org, month, history, terms, has_fee=has_fee)
        if made is not None and not new:
            made, new = await self._make(org, month.next, history, terms, has_fee=False)
        return made, new

    async def _make(
        self, org: OrgId, month: Month, history: PlanHistory, terms: InvoiceTerms, *, has_fee: bool
    ) -> tuple[Invoice | None, bool]:
        now, made = self.clock.now(), InvoiceId(self.randomness.uuid())

        def draft(unbilled: Unbilled) -> Invoice | None:
            plans = history.of({month, *(usage.month for usage in unbilled.usage)})
            return drafted(made, org, month, unbilled, plans, at=now, terms=terms, has_fee=has_fee)

        return await self.invoices.make(made, org, month, draft)


@attrs.frozen
class Made:
    """The result for *org*: a *new* or existing invoice, or None. Deleted orgs have no name."""

    org: OrgId
    name: str
    invoice: Invoice | None
    new: bool


@attrs.frozen
class MakeInvoices:
    """
    Creates the invoices of all orgs, one after the other; may be interrupted and repeated. Deleted
    orgs come last: the records of sessions that their deletion ended came in after their last invoice.
    """

    walk_orgs: WalkOrgs
    accounts: Accounts
    invoices: Invoices
    make_invoice: MakeInvoice

    async def __call__(self, month: Month) -> AsyncIterator[Made]:
        async for made in self._of_orgs(month):
            yield made
        for org in await self.invoices.unbilled_orgs(before=month.ends):
            if await self.accounts.org(org) is None:
                invoice, new = await self.make_invoice.of_deleted(org, month)
                yield Made(org, "", invoice, new)

    async def _of_orgs(self, month: Month) -> AsyncIterator[Made]:
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
