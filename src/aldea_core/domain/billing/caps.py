"""
What still fits into a spending cap.

Gateways count milliseconds, not money: so a cap becomes a quota. What was used is known with its
price; for what is to come the dearest price is assumed, and as cheaper audio comes, the quota
grows. So no mix of audio passes the cap, by less than half a minor unit a line, since each is
rounded. What is included can always be used: the fee for it is owed anyway.
"""

from collections.abc import Sequence

from aldea_core.domain.billing.charges import Unbilled, Usage, lines, total
from aldea_core.domain.billing.money import affords
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.plans import Plan


# As good as without bound, where everything is free.
BOUNDLESS_MS = 10**15


def quota_of(amount: int, month: Month, used: Sequence[Usage], plan: Plan) -> int:
    """
    The milliseconds of audio that *amount* (minor units) allows in *month*.

    Args:
        used: The month's audio so far, on invoices or not.
    """
    if not plan.dearest:
        return BOUNDLESS_MS
    used_ms = sum(usage.audio_ms for usage in used)
    spent = total(lines(month, Unbilled(used), {month: plan}))
    left = affords(amount - spent, plan.dearest, plan.currency)
    return min(BOUNDLESS_MS, used_ms + left + max(0, plan.included_ms - used_ms))
