"""Show the cost of a part of an org's audio, such as the audio of one of its customers."""

from collections import Counter
from collections.abc import Iterator

import attrs

from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.plans import Plan, Price
from aldea_core.domain.billing.reports import Selection
from aldea_core.domain.errors import BadRequest
from aldea_core.ports.reports import UsageReports
from aldea_core.use_cases.billing.find_plans import FindPlans


_MOST_MONTHS = 36


@attrs.frozen
class Cost:
    """
    Attributes:
        tag: "" for audio without tags, or for all audio if it is not grouped.
        amount: In minor units.
    """

    tag: str
    audio_ms: int
    amount: int


@attrs.frozen
class Costs:
    currency: str
    costs: tuple[Cost, ...]


@attrs.frozen
class ShowCosts:
    """
    Computes costs at the prices of each month's plan. Included minutes are not deducted, because
    they belong to the org as a whole. Amounts are rounded once per price, month and tag.
    """

    reports: UsageReports
    find_plans: FindPlans

    async def __call__(self, which: Selection, *, by_tag: bool) -> Costs:
        """
        Audio with several tags counts once for each of them.

        Raises:
            BadRequest: The selection covers too many months, or several currencies.
            NotFound: There is no such org.
        """
        history = await self.find_plans(which.org)
        costs: dict[str, Cost] = {}
        currencies = set()
        for month, part in _months(which):
            plan = history.plan(month)
            currencies.add(plan.currency)
            for tag, used in (await self._used(part, plan, by_tag=by_tag)).items():
                known = costs.get(tag, Cost(tag, 0, 0))
                costs[tag] = Cost(
                    tag,
                    known.audio_ms + used.total(),
                    known.amount + sum(plan.costs(ms, price) for price, ms in used.items()),
                )
        if len(currencies) > 1:
            raise BadRequest("These months are of several currencies: ask for one at a time.")
        return Costs(currencies.pop(), tuple(costs[tag] for tag in sorted(costs)))

    async def _used(
        self, which: Selection, plan: Plan, *, by_tag: bool
    ) -> dict[str, Counter[Price]]:
        """Milliseconds by tag and price."""
        used: dict[str, Counter[Price]] = {}
        for amount in await self.reports.amounts(which):
            price = plan.price(amount.kind, amount.model)
            for tag in (set(amount.tags) or {""}) if by_tag else {""}:
                used.setdefault(tag, Counter())[price] += amount.audio_ms
        return used


def _months(which: Selection) -> Iterator[tuple[Month, Selection]]:
    """
    Splits *which* into months.

    Raises:
        BadRequest: There are too many months.
    """
    month, last = Month.of(which.since), Month.of(which.until)
    if (last.year - month.year) * 12 + last.number - month.number > _MOST_MONTHS:
        raise BadRequest(f"Costs are of at most {_MOST_MONTHS} months at once.", field="since")
    begins = which.since
    while month < last:
        yield month, attrs.evolve(which, since=begins, until=month.ends)
        month = month.next
        begins = month.begins
    yield month, attrs.evolve(which, since=begins)
