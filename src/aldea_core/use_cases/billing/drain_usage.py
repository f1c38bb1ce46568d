"""Copy usage records from the gateways' log to the ledger."""

import attrs

from aldea_core.ports.usage import UsageFeed, UsageLedger


_BATCH = 500


@attrs.frozen
class DrainUsage:
    """
    Records entries before it drops them. A crash in between delivers them twice, and the ledger
    bills them once.
    """

    feed: UsageFeed
    ledger: UsageLedger

    async def __call__(self) -> int:
        """
        The number of entries recorded.

        Raises:
            Unavailable: A store does not answer; no entry is lost.
        """
        entries = await self.feed.take(_BATCH)
        if entries:
            await self.ledger.record([entry.record for entry in entries])
            await self.feed.drop(entries)
        return len(entries)
