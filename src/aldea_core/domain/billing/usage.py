"""
A session's usage: seconds of audio, which are billed, and seconds of connection, which are not.

All durations are whole milliseconds. A record belongs to one session. A final record replaces a
checkpoint, and a later checkpoint an earlier one, so that duplicate delivery bills once. A final
record comes again, with the same audio, when its result was offered to a callback once more.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

import attrs

from aldea_core.domain.access.key_limits import Meter
from aldea_core.domain.access.keys import KnownKey
from aldea_core.domain.access.limits import LimitName, SessionKind
from aldea_core.domain.ids import KeyId, OrgId, SessionId, TaskId


# Without slots, of which a frozen class sets each by a call: they are made for every session.
@attrs.frozen(slots=False)
class Lease:
    """
    A session's right to be open, for a short while.

    A lease expires unless it is renewed, so that a crashed gateway's sessions soon free their
    slots. It also carries the meter: *audio_ms* is the last checkpoint, which is billed if no final
    record arrives.

    Attributes:
        is_offline: Whether only its gateway counts it, because the store was unavailable.
        stretch_ms: Audio expected until the next renewal; of a file, all of it.
        granted_ms: Total audio that the session may use until then, reserved from the quota; None
            is unlimited.
    """

    session: SessionId
    key: KnownKey
    kind: SessionKind
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
        """Total audio to reserve for the session."""
        return self.audio_ms + self.stretch_ms

    def tags(self, own: Iterable[str] = ()) -> tuple[str, ...]:
        """The session's tags: *own*, and those of its key."""
        of_key = self.key.tags
        return tuple(dict.fromkeys((*own, *of_key))) if of_key else tuple(own)

    @property
    def meters(self) -> tuple[Meter, ...]:
        """The meters that count its audio besides the org's."""
        key = self.key
        if key.limits is None:
            return ()
        quota_ms, token = key.limits.quota_ms, key.token
        month = month_of(self.started)
        return (
            *(
                ()
                if quota_ms is None
                else (Meter(meter_of_key(month, key.id), quota_ms, LimitName.KEY_QUOTA),)
            ),
            *(
                ()
                if token is None
                else (Meter(f"token:{token.id}", token.limit_ms, LimitName.GRANTED_AUDIO),)
            ),
        )

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
            tags=lease.tags(),
            final=False,
        )


def last_uses(records: Iterable[UsageRecord]) -> dict[KeyId, datetime]:
    """When each key was last used, according to *records*."""
    uses: dict[KeyId, datetime] = {}
    for record in records:
        uses[record.key] = max(record.ended, uses.get(record.key, record.ended))
    return uses


@attrs.frozen
class Refusals:
    """
    How often a key was refused for a reason on a day (UTC).

    Attributes:
        reason: The code of a `limits.LimitName`.
    """

    org: OrgId
    key: KeyId
    day: date
    reason: str
    count: int


def day_of(at: date) -> str:
    """The day (UTC) in which refusals are counted, as `2026-01-15`."""
    return f"{at.year}-{at.month:02}-{at.day:02}"


def month_of(at: datetime) -> str:
    """The calendar month (UTC) in which a quota counts, as `2026-01`."""
    return f"{at.year}-{at.month:02}"


def meter_of_key(month: str, key: KeyId) -> str:
    """The name of the meter of a key's audio in a month; the key's org has it."""
    return f"{month}:{key}"


def month_start(at: datetime) -> datetime:
    """The start of that month."""
    return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def last_month_of(at: datetime) -> str:
    """The calendar month (UTC) before that of *at*."""
    return month_of(month_start(at) - timedelta(days=1))
