"""The leases of all open sessions, over all gateways."""

from abc import abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import attrs

from aldea_core.domain.access.limits import Admitted, Entitlements, LimitName, Refused
from aldea_core.domain.access.refusals import Refusals
from aldea_core.domain.ids import KeyId, OrgId, SessionId
from aldea_core.domain.live.leases import Lease


@attrs.frozen
class Renewal:
    """
    A lease to be renewed.

    Attributes:
        lease: With the new expiry, and the session's total audio so far as its checkpoint.
        entitlements: The org's current entitlements, for its quota; the same for all leases of
            an org.
    """

    lease: Lease
    entitlements: Entitlements


@attrs.frozen
class Renewed:
    """
    The session may continue.

    Attributes:
        used_ms: Milliseconds of audio that the org has used in the month in which the session
            began.
        granted_ms: Total audio in milliseconds that the session may use until its next renewal;
            None if there is no quota.
        bound: The limit that has the least left, if it is not the org's quota.
    """

    used_ms: int
    granted_ms: int | None = None
    bound: LimitName | None = None


@attrs.frozen
class Killed:
    """The session was ended by an operator or by its org."""


@attrs.frozen
class Damaged:
    """What the store holds of the org is damaged: the lease was not renewed, and nothing ends it."""


@attrs.frozen
class Outdated:
    """The org has changed since its entitlements were read; nothing was decided."""


@attrs.frozen
class Peak:
    """The most sessions of each kind that an org had open at once in a month."""

    live: int = 0
    files: int = 0


@attrs.frozen
class LeaseCounts:
    """
    An org's counts at one moment.

    Attributes:
        live, files: Open sessions.
        used_ms: Audio of the month, with the last checkpoints of sessions that are open.
        peak: In the month of the moment; *last_peak* in the month before.
    """

    live: int
    files: int
    used_ms: int
    peak: Peak
    last_peak: Peak


class Leases(Protocol):
    """
    Counts open sessions and audio against limits.

    - *admit* is atomic over all gateways: of two sessions that race for the last slot, one is
      admitted. It decides only if the keystore has the org at the version given, or not at all.
    - A refusal changes no count except the count of refusals.
    - Audio is reserved within the quota: admission and each renewal reserve as much as the lease
      wants, or as is left. Used plus reserved audio never exceeds the quota, however many sessions
      race. What is reserved and not used is returned when the lease is released or expires. So a
      session's audio beyond its reservation is not counted while other sessions have reserved what
      is left of the quota.
    - A session counts in the month in which it began.
    - Every command is idempotent, because clients repeat commands after a lost connection. A
      session that is open, or was within the last minute, is not admitted again: the first result
      is returned.
    - An expired lease occupies no slot. Its usage is kept: *lapsed* returns it until *settle*
      confirms that the usage is recorded.
    - What the store holds of one org may be damaged: that is no other org's concern.
    - *renew* restores a lease that was lost with the store and counts its audio once: the month's
      meter grows by the audio since the last checkpoint, also if that was settled less than a day ago. A
      lease that was released within the last minute is not restored.
    """

    @abstractmethod
    def shard(self, org: OrgId) -> Hashable:
        """Names the part of the store that holds *org*: one part may be away without the others."""
        ...

    @abstractmethod
    async def admit(
        self, lease: Lease, entitlements: Entitlements, *, at: datetime
    ) -> Admitted | Refused | Outdated:
        """
        Adds *lease* if `limits.decide` admits it.

        Raises:
            Unavailable: The store does not answer; the slot may be occupied until the lease
                expires.
        """

    @abstractmethod
    async def renew(
        self, renewals: Sequence[Renewal], *, at: datetime
    ) -> Sequence[Renewed | Killed | Damaged]:
        """
        One result for each renewal, in order.

        Raises:
            Unavailable: The store does not answer.
        """

    @abstractmethod
    async def release(self, lease: Lease, *, audio_ms: int, at: datetime) -> None:
        """
        Frees the slot and counts *audio_ms*, the session's total audio, which is at most what was
        granted. Idempotent.

        Raises:
            Unavailable: The store does not answer; the lease will expire.
        """

    @abstractmethod
    async def open(self, org: OrgId, *, at: datetime) -> Sequence[Lease]:
        """The org's open sessions, oldest first, without expired leases."""

    @abstractmethod
    async def open_of_all(self, *, at: datetime, limit: int) -> Sequence[Lease]:
        """The open sessions of all orgs, oldest first; *limit* at most."""

    @abstractmethod
    async def counts(self, org: OrgId, *, at: datetime) -> LeaseCounts:
        """
        The org's counts, without expired leases. A peak counts sessions in the month in which they
        began; it is lost with the store.
        """

    @abstractmethod
    async def kill(self, org: OrgId, session: SessionId) -> bool:
        """Marks a session to be ended at its next renewal; False if there is no such session."""

    @abstractmethod
    async def raise_used(
        self,
        used: Mapping[OrgId, int],
        by_key: Mapping[tuple[OrgId, KeyId], int] | None = None,
        *,
        at: datetime,
    ) -> int:
        """
        Raises the month's meters to the milliseconds in *used*, and those of keys to the ones in
        *by_key*; never lowers them. Returns how many meters were too low.
        """

    @abstractmethod
    async def lapsed(self, *, at: datetime) -> Sequence[Lease]:
        """
        Some of the leases, over all orgs, that expired without release and
        are not settled yet.
        """

    @abstractmethod
    async def settle(self, leases: Sequence[Lease]) -> None:
        """Forgets expired leases whose usage is recorded in the log."""

    @abstractmethod
    async def refusals(self, *, at: datetime) -> Sequence[Refusals]:
        """Counts of refusals on the day of *at* and the day before, of all recently active orgs."""
