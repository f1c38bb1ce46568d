"""The lease of a session: its right to be open, with the meter of its audio so far."""

from collections.abc import Iterable
from datetime import datetime

import attrs

from aldea_core.domain.access.key_limits import Meter
from aldea_core.domain.access.keys import KnownKey
from aldea_core.domain.access.limits import LimitName, SessionKind
from aldea_core.domain.access.meters import meter_of_key, month_of
from aldea_core.domain.ids import OrgId, SessionId, TaskId


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
        stretch_ms: Audio expected until the next renewal; of a file, all of it; 0 of a session that
            ends.
        granted_ms: Total audio that the session may use until then, reserved from the quota; None
            is unlimited.
        language: That was asked for; empty if it is to be detected, and until the first renewal.
        model: The name of the engine's model; empty until it is known, and renewed after that.
        own_tags: That the session was asked for with, besides its key's; none until the first
            renewal.
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
    language: str = ""
    model: str = ""
    own_tags: tuple[str, ...] = ()

    @property
    def org(self) -> OrgId:
        return self.key.org

    @property
    def wanted_ms(self) -> int:
        """Total audio to reserve for the session."""
        return self.audio_ms + self.stretch_ms

    def covers(self, audio_ms: int) -> bool:
        """Whether the session may have *audio_ms* in all without reserving more."""
        return self.granted_ms is None or audio_ms <= self.granted_ms

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

    def counted(
        self, audio_ms: int, language: str = "", model: str = "", tags: tuple[str, ...] = ()
    ) -> "Lease":
        """With its audio so far; *language*, *model* and its own *tags* if they are known by now."""
        return self._like(self.expires, audio_ms, self.granted_ms, language, model, tags)

    def granted(self, granted_ms: int | None) -> "Lease":
        return self._like(self.expires, self.audio_ms, granted_ms)

    def used_up(self, granted_ms: int) -> "Lease":
        """Of a session that ends, since no more is granted."""
        return attrs.evolve(self, granted_ms=granted_ms, stretch_ms=0)

    @property
    def is_used_up(self) -> bool:
        """Whether its session ends at what is granted, and gets nothing for later audio."""
        return self.granted_ms is not None and not self.stretch_ms

    def _like(
        self,
        expires: datetime,
        audio_ms: int,
        granted_ms: int | None,
        language: str = "",
        model: str = "",
        tags: tuple[str, ...] = (),
    ) -> "Lease":
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
            language or self.language,
            model or self.model,
            tags or self.own_tags,
        )
