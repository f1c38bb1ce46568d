"""Let quotas outlive the store that counts: raise its meters to what the ledger says."""

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
    Never lowers one: the store counts sessions that are still open, and the ledger does not know
    them yet.
    """

    ledger: UsageLedger
    leases: Leases
    clock: Clock

    async def __call__(self, orgs: Sequence[OrgSnapshot]) -> int:
        """
        How many meters were too low, of orgs that have a quota.

        Raises:
            Unavailable: A store does not answer; doing it again heals that.
        """
        limited = [each.org for each in orgs if each.entitlements.limits.quota_ms is not None]
        if not limited:
            return 0
        now = self.clock.now()
        used = await self.ledger.used_ms(limited, since=month_start(now))
        return await self.leases.raise_used(used, at=now)
