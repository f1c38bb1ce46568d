"""Copy the counts of refusals from the lease store to the ledger."""

import attrs

from aldea_core.ports.clock import Clock
from aldea_core.ports.leases import Leases
from aldea_core.ports.refusals import RefusalLedger


@attrs.frozen
class RecordRefusals:
    leases: Leases
    ledger: RefusalLedger
    clock: Clock

    async def __call__(self) -> None:
        """
        Raises:
            Unavailable: A store does not answer; the next run copies the counts.
        """
        await self.ledger.record(await self.leases.refusals(at=self.clock.now()))
