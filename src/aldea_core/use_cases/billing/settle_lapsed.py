"""Record the usage of sessions whose gateway crashed, from their expired leases."""

import attrs

from aldea_core.domain.billing.usage import UsageRecord
from aldea_core.ports.clock import Clock
from aldea_core.ports.leases import Leases
from aldea_core.ports.usage import UsageLog


@attrs.frozen
class SettleLapsed:
    """Turns expired leases into usage records."""

    leases: Leases
    usage: UsageLog
    clock: Clock

    async def __call__(self) -> int:
        """
        The number of leases settled.

        Raises:
            Unavailable: A store does not answer; the next run settles the rest.
        """
        now = self.clock.now()
        lapsed = await self.leases.lapsed(at=now)
        if lapsed:
            await self.usage.write(
                [UsageRecord.checkpoint(lease, at=lease.expires) for lease in lapsed],
            )
            await self.leases.settle(lapsed)
        return len(lapsed)
