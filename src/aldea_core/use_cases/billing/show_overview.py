"""Show an org at a glance: its usage and money of two months, its limits, and what failed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

import attrs

from aldea_core.domain.access.spending_cap import Cap
from aldea_core.domain.billing.invoices import Charges, Invoice, InvoiceFilter, InvoicePlace
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.overview import (
    Failures,
    Forecast,
    MonthUsage,
    cost_of,
    failures_of,
    forecast,
)
from aldea_core.domain.billing.reports import Cell, Grouping, Selection, Totals
from aldea_core.domain.errors import Unavailable
from aldea_core.domain.ids import OrgId
from aldea_core.domain.pages import Page
from aldea_core.ports.clock import Clock
from aldea_core.ports.invoices import Invoices
from aldea_core.ports.leases import LeaseCounts, Leases
from aldea_core.ports.plans import Subscriptions
from aldea_core.ports.refusals import RefusalLedger
from aldea_core.ports.reports import UsageReports
from aldea_core.ports.transaction import Transaction
from aldea_core.protocol.deepgram.reasons import is_failure
from aldea_core.use_cases.billing.find_plans import FindPlans
from aldea_core.use_cases.billing.show_charges import charges_of, months_of


_MOST_INVOICES = 100  # the latest, among which are those that are not paid


@attrs.frozen
class Overview:
    """
    Attributes:
        at: When it was computed.
        charges: What is owed for this month so far, as `ShowCharges` has it.
        forecast: None in the first day of a month.
        open: Counts of open sessions and peaks; None while the store of leases is away.
        failures: This month's failed sessions, the most frequent reason first.
        refusals: How often each limit refused a session this month, by its code.
        unpaid: Invoices that are issued and not paid, newest first.
    """

    at: datetime
    charges: Charges
    this_month: MonthUsage
    last_month: MonthUsage
    forecast: Forecast | None
    cap: Cap | None
    open: LeaseCounts | None
    failures: Sequence[Failures]
    refusals: Mapping[str, int]
    unpaid: Sequence[Invoice]


@attrs.frozen
class ShowOverview:
    reports: UsageReports
    invoices: Invoices
    find_plans: FindPlans
    subscriptions: Subscriptions
    refusals: RefusalLedger
    leases: Leases
    transaction: Transaction
    clock: Clock

    async def __call__(self, org: OrgId) -> Overview:
        """
        Raises:
            NotFound: There is no such org.
        """
        now = self.clock.now()
        counts = await self._open(org, now)
        async with self.transaction.reading():
            return await self._read(org, now, counts)

    async def _read(self, org: OrgId, now: datetime, counts: LeaseCounts | None) -> Overview:
        month = Month.of(now)
        last = month.previous
        history = await self.find_plans(org)
        unbilled = await self.invoices.unbilled(org, month)
        charges = charges_of(org, unbilled, history, now)
        span = Selection(org, last.begins, month.ends)
        cells = await self.reports.cells(span, (Grouping.STATUS, Grouping.REASON))
        plan, last_plan = history.plan(month), history.plan(last)
        return Overview(
            at=now,
            charges=charges,
            this_month=MonthUsage(month, _added(cells, month), charges.total, plan.currency),
            last_month=MonthUsage(
                last, _added(cells, last), cost_of(last, cells, last_plan), last_plan.currency
            ),
            forecast=forecast(month, unbilled, history.of(months_of(month, unbilled)), now),
            cap=await self.subscriptions.cap(org),
            open=counts,
            failures=failures_of(_failed(cells, month)),
            refusals=await self._refused(org, month, now),
            unpaid=await self._unpaid(org),
        )

    async def _unpaid(self, org: OrgId) -> list[Invoice]:
        latest: Page[InvoicePlace] = Page(_MOST_INVOICES, newest_first=True)
        found = await self.invoices.invoices(InvoiceFilter(org), latest)
        return [one for one in found if one.is_owed]

    async def _open(self, org: OrgId, now: datetime) -> LeaseCounts | None:
        try:
            return await self.leases.counts(org, at=now)
        except Unavailable:
            return None

    async def _refused(self, org: OrgId, month: Month, now: datetime) -> Mapping[str, int]:
        found = await self.refusals.refusals(org, since=month.begins.date(), until=now.date())
        counts: Counter[str] = Counter()
        for each in found:
            counts[each.reason] += each.count
        return dict(counts.most_common())


def _added(cells: Sequence[Cell], month: Month) -> Totals:
    return sum((cell.totals for cell in cells if cell.month == month), Totals())


def _failed(cells: Sequence[Cell], month: Month) -> list[tuple[int, str, int]]:
    found = [(int(cell.names[0]), cell.names[1], cell) for cell in cells if cell.month == month]
    return [
        (status, reason, cell.totals.sessions)
        for status, reason, cell in found
        if is_failure(status)
    ]
