"""
What an org's overview shows of two months: usage, money, and what the month will come to.

The forecast for the end of a month takes the pace so far: the audio of each kind and model is
multiplied by the length of the month divided by what has passed of it, and priced by the month's
plan, with its fee and its included minutes. Late audio of earlier months is owed too, and is not
multiplied. In a month's first day there is no forecast, because an hour says little of a month.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import attrs

from aldea_core.domain.billing.charges import Unbilled, Usage, lines, total
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.plans import Plan
from aldea_core.domain.billing.reports import Cell, Totals


_LEAST = timedelta(days=1)
_SECOND = timedelta(seconds=1)


@attrs.frozen
class MonthUsage:
    """
    One month of an org.

    Attributes:
        amount: In minor units: what is owed for it so far, or for its usage in all.
        currency: Of the month's plan.
    """

    month: Month
    totals: Totals
    amount: int
    currency: str


@attrs.frozen
class Forecast:
    """
    What the month will come to at the pace so far.

    Attributes:
        amount: In minor units of the currency of the month's plan.
    """

    audio_ms: int
    amount: int


@attrs.frozen
class Failures:
    """How many sessions ended with *status* for *reason* ("" if the ledger has none)."""

    status: int
    reason: str
    count: int


def cost_of(month: Month, cells: Sequence[Cell], plan: Plan) -> int:
    """The price of a month's audio with the fee, in minor units, as if none of it were billed."""
    usage = [
        Usage(month, kind, cell.model, audio_ms)
        for cell in cells
        if cell.month == month
        for kind, audio_ms in cell.totals.audio_by_kind
    ]
    return total(lines(month, Unbilled(usage), {month: plan}))


def forecast(
    month: Month, unbilled: Unbilled, plans: Mapping[Month, Plan], at: datetime
) -> Forecast | None:
    """The forecast for the end of *month*, by the module's formula; None in its first day."""
    passed, length = at - month.begins, month.ends - month.begins
    if passed < _LEAST:
        return None
    # In whole seconds: a timedelta cannot be multiplied by the milliseconds of a busy month.
    whole, part = length // _SECOND, passed // _SECOND
    usage = [
        attrs.evolve(one, audio_ms=one.audio_ms * whole // part) if one.month == month else one
        for one in unbilled.usage
    ]
    ahead = lines(month, attrs.evolve(unbilled, usage=usage), plans)
    audio_ms = sum(one.audio_ms for one in usage if one.month == month)
    return Forecast(audio_ms, total(ahead))


def failures_of(statuses: Iterable[tuple[int, str, int]]) -> list[Failures]:
    """Failures by status and reason, the most frequent first."""
    counted: Counter[tuple[int, str]] = Counter()
    for status, reason, count in statuses:
        counted[status, reason] += count
    ordered = sorted(counted.items(), key=lambda each: (-each[1], each[0]))
    return [Failures(status, reason, count) for (status, reason), count in ordered]
