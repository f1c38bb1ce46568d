"""Restore quota meters from the ledger, after the lease store lost them."""

from collections.abc import Sequence

import attrs

from aldea_core.domain.access.meters import month_start
from aldea_core.domain.access.orgs import OrgSnapshot
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
        """The number of meters that were too low, among orgs and keys that have a quota."""
        limited = [each.org for each in orgs if each.entitlements.limits.quota_ms is not None]
        keys = [
            (key.org, key.id)
            for each in orgs
            for key in each.keys
            if key.limits is not None and key.limits.quota_ms is not None
        ]
        if not limited and not keys:
            return 0
        now = self.clock.now()
        since = month_start(now)
        used = await self.ledger.used_ms(limited, since=since) if limited else {}
        by_key = await self.ledger.used_ms_of_keys(keys, since=since) if keys else {}
        return await self.leases.raise_used(used, by_key, at=now)
