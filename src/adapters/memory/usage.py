"""Usage, for as long as the process lives."""

from collections.abc import Sequence
from typing import final

import attrs

from typing_extensions import override

from aldea_core.domain.ids import OrgId, SessionId
from aldea_core.domain.usage import UsageRecord
from aldea_core.ports.usage import UsageLedger, UsageLog


@final
@attrs.frozen
class MemoryUsageLedger(UsageLedger):
    _records: dict[SessionId, UsageRecord] = attrs.field(factory=dict, init=False, repr=False)

    @override
    async def record(self, records: Sequence[UsageRecord]) -> None:
        for record in records:
            known = self._records.get(record.session)
            if known is None or record.replaces(known):
                self._records[record.session] = record

    @override
    async def sessions(self, org: OrgId, *, limit: int = 100) -> Sequence[UsageRecord]:
        own = [record for record in self._records.values() if record.org == org]
        return sorted(own, key=lambda record: record.started, reverse=True)[:limit]


@final
@attrs.frozen
class DirectUsageLog(UsageLog):
    """Hands records to the ledger at once: gateway and ledger are in one process."""

    ledger: UsageLedger

    @override
    async def write(self, records: Sequence[UsageRecord]) -> None:
        await self.ledger.record(records)
