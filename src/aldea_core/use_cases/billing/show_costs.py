"""Show the cost of a part of an org's audio, such as the audio of one of its customers."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import attrs

from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.plans import Price
from aldea_core.domain.billing.reports import Grouping, Selection
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
        _check_length(which)
        history = await self.find_plans(which.org)
        by = (Grouping.TAG,) if by_tag else ()
        used: Counter[tuple[str, Month, Price]] = Counter()
        for cell in await self.reports.cells(which, by):
            plan = history.plan(cell.month)
            for kind, audio_ms in cell.totals.audio_by_kind:
                price = plan.price(kind, cell.model)
                used["".join(cell.names), cell.month, price] += audio_ms
        costs: dict[str, Cost] = {}
        for (tag, month, price), audio_ms in used.items():
            known = costs.get(tag, Cost(tag, 0, 0))
            amount = history.plan(month).costs(audio_ms, price)
            costs[tag] = Cost(tag, known.audio_ms + audio_ms, known.amount + amount)
        currencies = {history.plan(month).currency for month in _months(which)}
        if len(currencies) > 1:
            raise BadRequest("These months are of several currencies: ask for one at a time.")
        return Costs(currencies.pop(), tuple(costs[tag] for tag in sorted(costs)))


def _check_length(which: Selection) -> None:
    """
    Raises:
        BadRequest: There are too many months.
    """
    month, last = Month.of(which.since), _last_month(which)
    if (last.year - month.year) * 12 + last.number - month.number > _MOST_MONTHS:
        raise BadRequest(f"Costs are of at most {_MOST_MONTHS} months at once.", field="since")


def _months(which: Selection) -> Iterator[Month]:
    month, last = Month.of(which.since), _last_month(which)
    while month < last:
        yield month
        month = month.next
    yield last


def _last_month(which: Selection) -> Month:
    """The month of the selection's last moment: its end is not in it."""
    return Month.of(max(which.since, which.until - timedelta(microseconds=1)))
