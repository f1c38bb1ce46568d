"""Copy usage records from the gateways' log to the ledger."""

from collections.abc import Sequence

import attrs

from aldea_core.domain.errors import Unstorable
from aldea_core.ports.usage import UsageEntry, UsageFeed, UsageLedger


_BATCH = 500


@attrs.frozen
class DrainUsage:
    """
    Records entries before it drops them. A crash in between delivers them twice, and the ledger
    bills them once. An entry that the ledger can never take is put aside, so that it holds up no
    others.
    """

    feed: UsageFeed
    ledger: UsageLedger

    async def __call__(self) -> int:
        """
        The number of entries recorded or put aside.

        Raises:
            Unavailable: A store does not answer; no entry is lost.
        """
        entries = await self.feed.take(_BATCH)
        if entries:
            await self._record(entries)
        return len(entries)

    async def _record(self, entries: Sequence[UsageEntry]) -> None:
        try:
            await self.ledger.record([entry.record for entry in entries])
        except Unstorable:
            half = len(entries) // 2
            if not half:
                await self.feed.put_aside(entries[0])
                return
            await self._record(entries[:half])
            await self._record(entries[half:])
        else:
            await self.feed.drop(entries)
