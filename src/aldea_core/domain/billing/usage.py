"""
A session's usage: seconds of audio, which are billed, and seconds of connection, which are not.

All durations are whole milliseconds. A record belongs to one session. A final record replaces a
checkpoint, and a later checkpoint an earlier one, so that duplicate delivery bills once. A final
record comes again, with the same audio, when its result was offered to a callback once more.
"""

from collections.abc import Iterable
from datetime import datetime

import attrs

from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.ids import KeyId, OrgId, SessionId
from aldea_core.domain.live.leases import Lease


@attrs.frozen(slots=False)
class UsageRecord:
    """
    One session's usage: so far, or its total if *final*.

    Attributes:
        audio_ms: The sum over *channels*: 10 s of audio with 2 channels are 20 s.
        channels: Channels transcribed separately; 1 if they were mixed.
        status: An HTTP status, or a WebSocket close code; 0 while the session is open.
        model: The name of the model that the engine used.
        reason: Why the session ended, as a code such as `engine_gone`; "" if nothing went wrong.
        first_word_ms: See `live.first_word.FirstWord`; None for files.
        features: The names of the features that the request asked for, ordered.
        callbacks: How often the result was offered to the request's callback.
        callback_delivered: Whether the callback took it; None if it was not offered.
    """

    session: SessionId
    org: OrgId
    key: KeyId
    kind: SessionKind
    started: datetime
    ended: datetime
    audio_ms: int
    channels: int = 1
    status: int = 0
    model: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    final: bool = True
    reason: str = ""
    first_word_ms: int | None = None
    features: tuple[str, ...] = ()
    callbacks: int = 0
    callback_delivered: bool | None = None

    @property
    def place(self) -> tuple[datetime, SessionId]:
        """What orders records."""
        return self.started, self.session

    def replaces(self, other: "UsageRecord") -> bool:
        """Whether this record is to replace *other*, a stored one of the same session."""
        if self.final != other.final:
            return self.final
        if self.final:
            return self.callbacks > other.callbacks
        return self.ended > other.ended

    @classmethod
    def checkpoint(cls, lease: Lease, *, at: datetime) -> "UsageRecord":
        """A checkpoint record of a session, from its lease."""
        return cls(
            lease.session,
            lease.org,
            lease.key.id,
            lease.kind,
            lease.started,
            at,
            lease.audio_ms,
            model=lease.model,
            language=lease.language,
            tags=lease.tags(lease.own_tags),
            final=False,
        )


def last_uses(records: Iterable[UsageRecord]) -> dict[KeyId, datetime]:
    """When each key was last used, according to *records*."""
    uses: dict[KeyId, datetime] = {}
    for record in records:
        uses[record.key] = max(record.ended, uses.get(record.key, record.ended))
    return uses
