"""The usage record of a file whose result goes to a callback: attempts to deliver it are added."""

import attrs

from typing_extensions import override

from aldea_core.domain.billing.usage import UsageRecord
from aldea_core.domain.live.leases import Lease
from aldea_core.ports.usage import UsageLog
from aldea_core.use_cases.live.close_session import Outcome
from aldea_core.use_cases.live.transcribe import SessionClose


@attrs.define
class RecordedClose(SessionClose):
    """Closes a session as *close* does, and keeps its usage record."""

    close: SessionClose
    usage: UsageLog
    record: UsageRecord | None = None

    @override
    async def __call__(self, lease: Lease, outcome: Outcome) -> UsageRecord:
        self.record = await self.close(lease, outcome)
        return self.record

    async def tried(self, attempts: int, is_delivered: bool) -> None:
        """Puts on record how often the result was offered, and whether it was taken."""
        if self.record is not None:
            known = attrs.evolve(self.record, callbacks=attempts, callback_delivered=is_delivered)
            await self.usage.write([known])
