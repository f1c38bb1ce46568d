"""Restore quota meters from the ledger, after the lease store lost them."""

from collections.abc import Sequence

import attrs

from aldea_core.domain.access.orgs import OrgSnapshot
from aldea_core.domain.billing.usage import month_start
from aldea_core.ports.clock import Clock
from aldea_core.ports.leases import Leases
from aldea_core.ports.usage import UsageLedger


@attrs.frozen
class RaiseMeters:
    """
    Raises meters and never lowers one: the lease store counts open sessions, which the ledger does
    not contain yet.
    """

    ledger: UsageLedger
    leases: Leases
    clock: Clock

    async def __call__(self, orgs: Sequence[OrgSnapshot]) -> int:
        """
        The number of meters that were too low, among orgs that have a quota.

        Raises:
            Unavailable: A store does not answer; the call may be repeated.
        """
        limited = [each.org for each in orgs if each.entitlements.limits.quota_ms is not None]
        if not limited:
            return 0
        now = self.clock.now()
        used = await self.ledger.used_ms(limited, since=month_start(now))
        return await self.leases.raise_used(used, at=now)
