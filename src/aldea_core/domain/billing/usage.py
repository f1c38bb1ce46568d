"""
What a session used: seconds of audio, which are billed, and seconds of socket, which are not.

Everything is whole milliseconds. A record belongs to one session; a final one replaces a
checkpoint, and of two checkpoints the later one counts, so that delivering twice bills once.
"""

from collections.abc import Iterable
from datetime import date, datetime

import attrs

from aldea_core.domain.access.keys import KnownKey
from aldea_core.domain.access.limits import Kind
from aldea_core.domain.ids import KeyId, OrgId, SessionId, TaskId


@attrs.frozen
class Lease:
    """
    A session's right to be open, for a short while.

    It lapses unless renewed, so a gateway that dies holds nothing for long. It carries the meter:
    *audio_ms* is the last checkpoint, and what is billed if no final record ever comes.

    Attributes:
        is_offline: Whether its gateway counts it alone, the store having been away.
        stretch_ms: Audio that may come until it is renewed: of a file all of it.
        granted_ms: All audio that it may use until then, if there is a quota: no other session
            gets that. None is without bound.
    """

    session: SessionId
    key: KnownKey
    kind: Kind
    task: TaskId
    started: datetime
    expires: datetime
    audio_ms: int = 0
    is_offline: bool = False
    stretch_ms: int = 0
    granted_ms: int | None = None

    @property
    def org(self) -> OrgId:
        return self.key.org

    @property
    def wanted_ms(self) -> int:
        """All audio that is to be reserved for it."""
        return self.audio_ms + self.stretch_ms

    def tags(self, own: Iterable[str] = ()) -> tuple[str, ...]:
        """What the session is tagged with: *own*, and what its key puts on all it makes."""
        return tuple(dict.fromkeys((*own, *self.key.tags)))

    # Written out: `attrs.evolve` takes four times as long, and all sessions are renewed often.

    def renewed(self, *, until: datetime) -> "Lease":
        return self._like(until, self.audio_ms, self.granted_ms)

    def counted(self, audio_ms: int) -> "Lease":
        return self._like(self.expires, audio_ms, self.granted_ms)

    def granted(self, granted_ms: int | None) -> "Lease":
        return self._like(self.expires, self.audio_ms, granted_ms)

    def _like(self, expires: datetime, audio_ms: int, granted_ms: int | None) -> "Lease":
        return Lease(
            self.session,
            self.key,
            self.kind,
            self.task,
            self.started,
            expires,
            audio_ms,
            self.is_offline,
            self.stretch_ms,
            granted_ms,
        )


@attrs.frozen
class UsageRecord:
    """
    What one session used until now, or altogether if *final*.

    Attributes:
        audio_ms: The audio of all *channels*: of one that is 10 s long with 2 of them, 20 s.
        channels: How many were listened to separately; 1 if they were mixed.
        status: How it ended: an HTTP status, or a WebSocket close code; 0 while it goes on.
        model: The model that listened, by name.
    """

    session: SessionId
    org: OrgId
    key: KeyId
    kind: Kind
    started: datetime
    ended: datetime
    audio_ms: int
    channels: int = 1
    status: int = 0
    model: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    final: bool = True

    @property
    def open_ms(self) -> int:
        """How long it was open, by the wall clock."""
        return max(0, round((self.ended - self.started).total_seconds() * 1000))

    def replaces(self, other: "UsageRecord") -> bool:
        """Whether this one says more of the session than *other*, which is already known."""
        if self.final != other.final:
            return self.final
        return not self.final and self.ended > other.ended

    @classmethod
    def checkpoint(cls, lease: Lease, *, at: datetime) -> "UsageRecord":
        """What is known of a session from its lease alone."""
        return cls(
            lease.session,
            lease.org,
            lease.key.id,
            lease.kind,
            lease.started,
            at,
            lease.audio_ms,
            tags=lease.tags(),
            final=False,
        )


def last_uses(records: Iterable[UsageRecord]) -> dict[KeyId, datetime]:
    """When each key was used last, as far as *records* tell."""
    uses: dict[KeyId, datetime] = {}
    for record in records:
        uses[record.key] = max(record.ended, uses.get(record.key, record.ended))
    return uses


@attrs.frozen
class Refusals:
    """
    How often a key was refused for a reason on a day (UTC).

    Attributes:
        reason: A `limits.LimitName`, by its code.
    """

    org: OrgId
    key: KeyId
    day: date
    reason: str
    count: int


def day_of(at: datetime) -> str:
    """The day (UTC) refusals are counted in, as `2026-01-15`."""
    return f"{at.year}-{at.month:02}-{at.day:02}"


def month_of(at: datetime) -> str:
    """The calendar month (UTC) a quota counts in, as `2026-01`."""
    return f"{at.year}-{at.month:02}"


def month_start(at: datetime) -> datetime:
    """When that month began."""
    return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
