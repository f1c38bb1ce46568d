"""Recomputes an invoice from the usage that it bills."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

import attrs

from aldea_core.domain.billing.charges import Line, LineKind, Usage
from aldea_core.domain.billing.money import charge, tax
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.profiles import InvoiceTerms


@attrs.frozen
class BilledInvoice:
    """What an invoice says, as far as it can be recomputed. Amounts are minor units."""

    month: Month
    currency: str
    lines: tuple[Line, ...]
    subtotal: int
    tax: int
    total: int
    terms: InvoiceTerms


@attrs.frozen
class Difference:
    """
    Attributes:
        where: The line, or the sum.
        unit: `ms`, or the currency.
        billed: What the invoice says.
        computed: What comes out of the usage.
    """

    where: str
    unit: str
    billed: int
    computed: int


def verify(invoice: BilledInvoice, used: Sequence[Usage]) -> list[Difference]:
    """
    Where *invoice* differs from *used*; empty if it is right to the minor unit.

    Audio, included audio, amounts and sums are recomputed, by the prices that the lines name. Lines
    of earlier months bill what came in late, which usage does not show apart: only their amounts
    are recomputed. Usage that came in after the invoice was made is a difference here, and on a
    later invoice.

    Args:
        used: Of the invoice's month; other months are ignored.
    """
    currency = invoice.currency
    found: list[Difference] = []
    priced = {(line.kind, line.model) for line in invoice.lines if line.month == invoice.month}
    audio: Counter[tuple[str, str]] = Counter()
    for usage in used:
        if usage.month == invoice.month:
            model = usage.model if (usage.kind.value, usage.model) in priced else ""
            audio[usage.kind.value, model] += usage.audio_ms
    for line in invoice.lines:
        if line.kind is LineKind.FEE:
            continue
        computed_ms = line.audio_ms
        if line.month == invoice.month:
            computed_ms = audio.pop((line.kind.value, line.model), 0)
        name = _name(line.kind.value, line.model, line.month)
        found += _differing(name, "ms", line.audio_ms, computed_ms)
        amount = charge(computed_ms - line.included_ms, line.price or Decimal(0), currency)
        found += _differing(name, currency, line.amount, amount)
    for (kind, model), audio_ms in sorted(audio.items()):
        found += _differing(_name(kind, model, invoice.month), "ms", 0, audio_ms)
    subtotal = sum(line.amount for line in invoice.lines)
    found += _differing("subtotal", currency, invoice.subtotal, subtotal)
    due = tax(invoice.subtotal, invoice.terms.tax_rate)
    found += _differing("tax", currency, invoice.tax, due)
    found += _differing("total", currency, invoice.total, invoice.subtotal + invoice.tax)
    return found


def _name(kind: str, model: str, month: Month) -> str:
    return " ".join(filter(None, (kind, model, str(month))))


def _differing(where: str, unit: str, billed: int, computed: int) -> list[Difference]:
    return [] if billed == computed else [Difference(where, unit, billed, computed)]
