"""Show an org's requests, with the name of the key and the cost of each."""

from collections.abc import AsyncIterator, Mapping, Sequence
from decimal import Decimal

import attrs

from aldea_core.domain.billing.money import exact_cost
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.reports import PageEnd, Selection
from aldea_core.domain.billing.usage import UsageRecord
from aldea_core.domain.ids import OrgId, SessionId
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
        self, which: Selection, *, after: PageEnd | None, limit: int
    ) -> Sequence[ShownRequest]:
        """
        Requests after *after*, newest first.

        Raises:
            NotFound: There is no such org.
        """
        shows = await self._shows(which.org)
        found = await self.reports.page(which, after=after, limit=limit)
        return [shows.request(record) for record in found]

    async def one(self, org: OrgId, session: SessionId) -> ShownRequest | None:
        """
        Raises:
            NotFound: There is no such org.
        """
        found = await self.reports.session(org, session)
        return None if found is None else (await self._shows(org)).request(found)

    async def stream(self, which: Selection) -> AsyncIterator[Sequence[ShownRequest]]:
        """All requests, newest first, in batches."""
        shows = await self._shows(which.org)
        async for records in self.reports.stream(which):
            yield [shows.request(record) for record in records]

    async def _shows(self, org: OrgId) -> "_Shows":
        history = await self.find_plans(org)
        return _Shows(history, {key.id: key.name for key in await self.accounts.keys(org)})


@attrs.frozen
class _Shows:
    history: PlanHistory
    names: Mapping[str, str]

    def request(self, record: UsageRecord) -> ShownRequest:
        plan = self.history.plan(Month.of(record.started))
        price = plan.price(record.kind, record.model)
        cost = exact_cost(record.audio_ms, price.a_minute)
        return ShownRequest(record, self.names.get(record.key, ""), cost, plan.currency)
