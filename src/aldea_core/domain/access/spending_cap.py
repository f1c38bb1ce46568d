"""
An org's spending cap, which gateways know as a quota.

`domain/billing/cap_as_quota` converts it, `use_cases/billing/fit_caps` keeps the quota up to date,
and the quota is enforced where sessions are admitted: `decide` in `domain/access/limits`, and
`admit.lua` in Redis.
"""

import attrs

from aldea_core.domain.access.limits import Limits


@attrs.frozen
class Cap:
    """
    An org's spending cap per month.

    Attributes:
        amount: In minor units of the plan's currency; the fee counts too.
        quota_ms: The audio that fits into the cap, as last computed.
    """

    amount: int
    quota_ms: int


def capped(limits: Limits, cap: Cap | None) -> Limits:
    """*limits*, with a quota that keeps the org within *cap*."""
    if cap is None or (limits.quota_ms is not None and limits.quota_ms <= cap.quota_ms):
        return limits
    return attrs.evolve(limits, quota_ms=cap.quota_ms)
