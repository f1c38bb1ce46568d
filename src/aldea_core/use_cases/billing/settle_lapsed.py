"""Write down what sessions used whose gateway died: their leases lapsed, with the meter on them."""

import attrs

from aldea_core.domain.billing.usage import UsageRecord
from aldea_core.ports.clock import Clock
from aldea_core.ports.leases import Leases
from aldea_core.ports.usage import UsageLog


@attrs.frozen
class SettleLapsed:
    """Turns lapsed leases into usage records."""

    leases: Leases
    usage: UsageLog
    clock: Clock

    async def __call__(self) -> int:
        """
        How many were settled.

        Raises:
            Unavailable: A store does not answer; what was not settled comes again.
        """
        now = self.clock.now()
        lapsed = await self.leases.lapsed(at=now)
        if lapsed:
            await self.usage.write(
                [UsageRecord.checkpoint(lease, at=lease.expires) for lease in lapsed],
            )
            await self.leases.settle(lapsed)
        return len(lapsed)
