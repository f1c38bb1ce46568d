"""
Converts a spending cap to a quota.

Gateways count milliseconds, not money. Audio already used is priced exactly; for audio to come, the
highest price is assumed, so the quota grows as cheaper audio is used. Thus no mix of audio exceeds
the cap, except by rounding: less than half a minor unit per line. Included minutes can always be
used, because the fee for them is owed anyway.
"""

from collections.abc import Sequence

from aldea_core.domain.billing.charges import Unbilled, Usage, lines, total
from aldea_core.domain.billing.money import affords
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.plans import Plan


# Practically unlimited, for plans on which all audio is free.
BOUNDLESS_MS = 10**15


def quota_of(amount: int, month: Month, used: Sequence[Usage], plan: Plan) -> int:
    """
    The milliseconds of audio that *amount* (minor units) allows in *month*.

    Args:
        used: The month's audio so far, billed or not.
    """
    if not plan.dearest:
        return BOUNDLESS_MS
    used_ms = sum(usage.audio_ms for usage in used)
    spent = total(lines(month, Unbilled(used), {month: plan}))
    left = affords(amount - spent, plan.dearest, plan.currency)
    return min(BOUNDLESS_MS, used_ms + left + max(0, plan.included_ms - used_ms))
