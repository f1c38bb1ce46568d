"""
Pricing: from milliseconds of audio to money.

- The audio of every session in the ledger is billed; without a final record, the audio of its
  last checkpoint. A session without a result has no audio and costs nothing. Channels that are
  transcribed separately count each, as for quotas: `audio_ms` is their sum.
- Sessions are not rounded. A line adds up the milliseconds of a month, kind and price. The rest of
  the month's included minutes is deducted from the most expensive lines first; the remaining
  audio is charged by the minute, exactly, and rounded once (`money.charge`). The total is the
  sum of the lines.
- Audio is priced by the plan of the month in which it was used, whenever it is billed; late audio of
  a month whose plan has another currency by the plan of the invoice's month, because amounts in
  different currencies cannot be added.
- Records that arrive after a month's invoice go to the next invoice, on lines that name their
  month. If a correction makes less audio than was billed, the line is negative and at full price.
"""

import enum

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import attrs

from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.plans import Plan, Price


class LineKind(enum.StrEnum):
    FEE = "fee"
    LIVE = "live"
    FILE = "file"


# On invoices, and on the payment provider's copies of them.
LINE_TITLES = {
    LineKind.FEE: "Monthly fee",
    LineKind.LIVE: "Live transcription",
    LineKind.FILE: "File transcription",
}


@attrs.frozen
class Line:
    """
    One line of an invoice.

    Attributes:
        month: The month of the fee or of the audio.
        model: The model, if it has a price of its own.
        audio_ms: All audio of the line, of which *included_ms* cost nothing.
        price: Per minute, in the currency's unit; None on a fee's line.
        amount: In minor units.
    """

    kind: LineKind
    month: Month
    amount: int
    model: str = ""
    sessions: int = 0
    audio_ms: int = 0
    included_ms: int = 0
    price: Decimal | None = None

    @property
    def billed_ms(self) -> int:
        return self.audio_ms - self.included_ms


@attrs.frozen
class Usage:
    """Unbilled audio of one month, kind and model."""

    month: Month
    kind: SessionKind
    model: str
    audio_ms: int
    sessions: int = 1


@attrs.frozen
class Unbilled:
    """
    The input of the next invoice.

    Attributes:
        usage: Audio that no invoice bills yet.
        included_ms: Included audio that earlier invoices deducted, by month.
    """

    usage: Sequence[Usage] = ()
    included_ms: Mapping[Month, int] = attrs.field(factory=dict)


def lines(
    month: Month, unbilled: Unbilled, plans: Mapping[Month, Plan], *, has_fee: bool = True
) -> tuple[Line, ...]:
    """
    The lines of what an org owes for *month*, and for late records of earlier months.

    Args:
        plans: The plan of *month* and of every month in *unbilled*.
        has_fee: Whether the org is on its plan in *month*, so that it owes the fee.
    """
    made: list[Line] = []
    current = plans[month]
    fee = current.monthly_fee if has_fee else 0
    if fee:
        made.append(Line(LineKind.FEE, month, fee))
    for used in sorted({usage.month for usage in unbilled.usage}, reverse=True):
        of_month = [usage for usage in unbilled.usage if usage.month == used]
        plan = plans[used] if plans[used].currency == current.currency else current
        left = max(0, plan.included_ms - unbilled.included_ms.get(used, 0))
        made += _lines_of(used, of_month, plan, left)
    return tuple(made)


def _lines_of(month: Month, usage: Iterable[Usage], plan: Plan, left: int) -> list[Line]:
    used: dict[Price, tuple[int, int]] = {}
    for one in usage:
        price = plan.price(one.kind, one.model)
        audio_ms, sessions = used.get(price, (0, 0))
        used[price] = (audio_ms + one.audio_ms, sessions + one.sessions)
    made = []
    for price in sorted(used, key=lambda price: (-price.a_minute, price.kind, price.model)):
        audio_ms, sessions = used[price]
        included = min(left, max(0, audio_ms))
        left -= included
        made.append(
            Line(
                LineKind(price.kind.value),
                month,
                plan.costs(audio_ms - included, price),
                price.model,
                sessions,
                audio_ms,
                included,
                price.a_minute,
            ),
        )
    return made


def total(lines: Iterable[Line]) -> int:
    return sum(line.amount for line in lines)
