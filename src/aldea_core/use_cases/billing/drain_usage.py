"""Put what gateways wrote down into the ledger."""

import attrs

from aldea_core.ports.usage import UsageFeed, UsageLedger


_BATCH = 500


@attrs.frozen
class DrainUsage:
    """Records first and forgets then: dying in between delivers twice, and the ledger bills once."""

    feed: UsageFeed
    ledger: UsageLedger

    async def __call__(self) -> int:
        """
        How many entries were dealt with.

        Raises:
            Unavailable: A store does not answer; no entry is lost.
        """
        entries = await self.feed.take(_BATCH)
        if entries:
            await self.ledger.record([entry.record for entry in entries])
            await self.feed.drop(entries)
        return len(entries)
