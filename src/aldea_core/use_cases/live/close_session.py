"""
Close a session: record its usage, then release its lease.

In this order, a crash in between lets the lease expire; its checkpoint is recorded, and the final
record replaces it.
"""

import attrs

from aldea_core.domain.billing.usage import UsageRecord
from aldea_core.domain.errors import Unavailable
from aldea_core.domain.live.leases import Lease
from aldea_core.domain.transcripts.features import features_of
from aldea_core.domain.transcripts.options import TranscriptionOptions
from aldea_core.ports.clock import Clock
from aldea_core.ports.leases import Leases
from aldea_core.ports.usage import UsageLog
from aldea_core.protocol.deepgram.errors import of_error
from aldea_core.protocol.deepgram.reasons import reason_of_error
from aldea_core.use_cases.live.extend_lease import ExtendLease


@attrs.define  # not frozen: one is made for each session
class Outcome:
    """
    The result of a session.

    Attributes:
        audio_ms: Audio to bill, summed over *channels*, as far as the quota allows; 0 without a
            result.
        status: An HTTP status or a WebSocket close code.
        reason, first_word_ms, features: See `UsageRecord`.
    """

    audio_ms: int
    status: int
    channels: int = 1
    model: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    reason: str = ""
    first_word_ms: int | None = None
    features: tuple[str, ...] = ()

    @classmethod
    def of_error(
        cls, error: BaseException, options: TranscriptionOptions | None = None, *, model: str = ""
    ) -> "Outcome":
        """
        That of a session which *error* ended without a result, so that nothing is billed.

        Args:
            options: What was asked for; None if that could not be read.
            model: The model that was asked for, if it is to be recorded.
        """
        status, reason = of_error(error).status, reason_of_error(error)
        if options is None:
            return cls(0, status, reason=reason)
        return cls(
            0,
            status,
            model=model,
            language=options.language,
            tags=options.tags,
            reason=reason,
            features=features_of(options),
        )


@attrs.frozen
class CloseSession:
    """Records the usage and releases the lease."""

    leases: Leases
    offline: Leases
    usage: UsageLog
    clock: Clock
    extend_lease: ExtendLease

    async def __call__(self, lease: Lease, outcome: Outcome) -> UsageRecord:
        audio_ms = outcome.audio_ms
        if not lease.covers(audio_ms):
            audio_ms = await self._within_limits(lease, audio_ms)
        now = self.clock.now()
        key = lease.key
        record = UsageRecord(
            lease.session,
            key.org,
            key.id,
            lease.kind,
            lease.started,
            max(now, lease.started),  # also if the clock was set back
            audio_ms,
            outcome.channels,
            outcome.status,
            outcome.model,
            outcome.language,
            lease.tags(outcome.tags),
            reason=outcome.reason,
            first_word_ms=outcome.first_word_ms,
            features=outcome.features,
        )
        await self.usage.write([record])
        if lease.is_offline:
            await self.offline.release(lease, audio_ms=audio_ms, at=now)
        try:  # noqa: SIM105 (cheaper than `suppress`: each session comes here)
            await self.leases.release(lease, audio_ms=audio_ms, at=now)
        except Unavailable:  # the lease expires by itself
            pass
        return record

    async def _within_limits(self, lease: Lease, audio_ms: int) -> int:
        if lease.is_used_up:
            # Other sessions may have returned audio since, but the words of this were withheld.
            return lease.granted_ms or 0
        return (await self.extend_lease(lease, audio_ms)).audio_ms
