"""
End a session: write down what it used, then give its place back.

In this order: if we die in between, the lease lapses and its checkpoint is written down, which
the final record replaces.
"""

from contextlib import suppress

import attrs

from aldea_core.domain.errors import Unavailable
from aldea_core.domain.usage import Lease, UsageRecord
from aldea_core.ports.clock import Clock
from aldea_core.ports.leases import Leases
from aldea_core.ports.usage import UsageLog


@attrs.frozen
class Outcome:
    """
    How a session went.

    Attributes:
        audio_ms: All audio that is to be billed; nothing unless there was an answer.
        status: An HTTP status or a WebSocket close code.
    """

    audio_ms: int
    status: int
    channels: int = 1
    model: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()


@attrs.frozen
class CloseSession:
    """Records and releases."""

    leases: Leases
    offline: Leases
    usage: UsageLog
    clock: Clock

    async def __call__(self, lease: Lease, outcome: Outcome) -> UsageRecord:
        now = self.clock.now()
        record = UsageRecord(
            session=lease.session,
            org=lease.org,
            key=lease.key.id,
            kind=lease.kind,
            started=lease.started,
            ended=now,
            audio_ms=outcome.audio_ms,
            channels=outcome.channels,
            status=outcome.status,
            model=outcome.model,
            language=outcome.language,
            tags=outcome.tags,
        )
        await self.usage.write([record])
        if lease.is_offline:
            await self.offline.release(lease, audio_ms=outcome.audio_ms, at=now)
        with suppress(Unavailable):  # the lease lapses by itself
            await self.leases.release(lease, audio_ms=outcome.audio_ms, at=now)
        return record
