"""Show an org's requests, with the name of the key and the cost of each."""

from collections.abc import AsyncIterator, Sequence
from decimal import Decimal

import attrs

from aldea_core.domain.billing.money import exact_cost
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.reports import Selection
from aldea_core.domain.billing.usage import UsageRecord
from aldea_core.domain.ids import OrgId, SessionId
from aldea_core.domain.pages import NEWEST_FIRST, Page, TimePlace
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.reports import UsageReports
from aldea_core.use_cases.billing.find_plans import FindPlans, PlanHistory


@attrs.frozen
class ShownRequest:
    """
    A request as its org sees it.

    Attributes:
        key_name: "" if the org does not have the key any more.
        cost: In the currency's unit, exact, at the price of its month's plan, before what that
            includes.
    """

    record: UsageRecord
    key_name: str
    cost: Decimal
    currency: str


@attrs.frozen
class ShowRequests:
    reports: UsageReports
    find_plans: FindPlans
    accounts: Accounts

    async def page(
        self, which: Selection, page: Page[TimePlace] = NEWEST_FIRST
    ) -> Sequence[ShownRequest]:
        """
        Raises:
            NotFound: There is no such org.
        """
        history = await self.find_plans(which.org)
        found = await self.reports.page(which, page)
        return await self._shown(which.org, found, history)

    async def one(self, org: OrgId, session: SessionId) -> ShownRequest | None:
        """
        Raises:
            NotFound: There is no such org.
        """
        found = await self.reports.session(org, session)
        if found is None:
            return None
        (shown,) = await self._shown(org, [found], await self.find_plans(org))
        return shown

    async def stream(self, which: Selection) -> AsyncIterator[Sequence[ShownRequest]]:
        """All requests, newest first, in batches."""
        history = await self.find_plans(which.org)
        async for records in self.reports.stream(which):
            yield await self._shown(which.org, records, history)

    async def _shown(
        self, org: OrgId, records: Sequence[UsageRecord], history: PlanHistory
    ) -> Sequence[ShownRequest]:
        names = await self.accounts.key_names(org, {record.key for record in records})
        return [_shown(record, names.get(record.key, ""), history) for record in records]


def _shown(record: UsageRecord, key_name: str, history: PlanHistory) -> ShownRequest:
    plan = history.plan(Month.of(record.started))
    price = plan.price(record.kind, record.model)
    return ShownRequest(
        record, key_name, exact_cost(record.audio_ms, price.a_minute), plan.currency
    )
