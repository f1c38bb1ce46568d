"""Who is in: the leases of all open sessions, over all gateways."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

import attrs

from aldea_core.domain.access.limits import Admitted, Entitlements, Refused
from aldea_core.domain.billing.usage import Lease, Refusals
from aldea_core.domain.ids import OrgId, SessionId


@attrs.frozen
class Renewal:
    """
    A lease that is still needed.

    Attributes:
        lease: With the new expiry, and all audio so far as its checkpoint.
        standing: How the org stands now, for its quota; the same for all leases of an org.
    """

    lease: Lease
    entitlements: Entitlements


@attrs.frozen
class Renewed:
    """
    It goes on; the org has used *used_ms* of audio in the month in which it began.

    Attributes:
        granted_ms: All audio that it may use until the next renewal; None if there is no quota.
    """

    used_ms: int
    granted_ms: int | None = None


@attrs.frozen
class Killed:
    """Somebody ended the session by hand."""


@attrs.frozen
class Outdated:
    """The org has changed since its standing was read: nothing was decided."""


class Leases(Protocol):
    """
    Counts open sessions against limits.

    - *admit* is atomic over all gateways: of two that race for the last place, one wins. It decides
      by what it is given only while the gateways' copy of the org has that version, or there is none.
    - A refusal leaves every count as it was, but for the count of refusals.
    - Audio is reserved within a quota: at admission and at each renewal as much as the lease wants, or
      as is left. What is used and what is reserved are never more than the quota, however many
      sessions race; what is reserved and not used goes back when the lease is released or lapses. So
      audio beyond what was reserved is not counted while others have what is left of the quota.
    - A session counts in the month in which it began.
    - Every command may be carried out twice with the effect of once, since a lost connection makes
      clients repeat what was sent. A session that is open, or was within the last minute, is not
      admitted anew: the answer is what it was.
    - A lease past its expiry holds no place. What it had used is not forgotten: *lapsed* tells
      of it until *settle* says that it is written down.
    - *renew* brings back a lease that was lost with the store, and counts its audio once: the
      month's meter grows by what is new since the last checkpoint. One that was released within
      the last minute does not come back.
    """

    @abstractmethod
    async def admit(
        self, lease: Lease, entitlements: Entitlements, *, at: datetime
    ) -> Admitted | Refused | Outdated:
        """
        Takes *lease* if `limits.decide` would.

        Raises:
            Unavailable: The store does not answer; the place may be taken until it expires.
        """
        ...

    @abstractmethod
    async def renew(
        self, renewals: Sequence[Renewal], *, at: datetime
    ) -> Sequence[Renewed | Killed]:
        """
        One answer for each, in order.

        Raises:
            Unavailable: The store does not answer.
        """
        ...

    @abstractmethod
    async def release(self, lease: Lease, *, audio_ms: int, at: datetime) -> None:
        """
        Gives the place back and counts *audio_ms*, all audio of the session; twice is as good as
        once. *audio_ms* is within what was granted.

        Raises:
            Unavailable: The store does not answer; the lease will expire.
        """
        ...

    @abstractmethod
    async def open(self, org: OrgId, *, at: datetime) -> Sequence[Lease]:
        """The org's sessions, oldest first, without expired ones."""
        ...

    @abstractmethod
    async def kill(self, org: OrgId, session: SessionId) -> bool:
        """Marks a session to be ended at its next renewal; False if there is none."""
        ...

    @abstractmethod
    async def used_ms(self, org: OrgId, *, at: datetime) -> int:
        """Audio used in the month of *at*, as far as it was counted."""
        ...

    @abstractmethod
    async def raise_used(self, used: Mapping[OrgId, int], *, at: datetime) -> int:
        """
        Raises the month's meters of *used* to those milliseconds, and lowers none; says how many
        were too low.

        Raises:
            Unavailable: The store does not answer.
        """
        ...

    @abstractmethod
    async def lapsed(self, *, at: datetime) -> Sequence[Lease]:
        """Some of the leases that expired unreleased and are not settled yet, over all orgs."""
        ...

    @abstractmethod
    async def settle(self, leases: Sequence[Lease]) -> None:
        """Forgets lapsed leases whose usage is written down."""
        ...

    @abstractmethod
    async def refusals(self, *, at: datetime) -> Sequence[Refusals]:
        """
        How often who was refused on the day of *at* and on the day before, over all orgs that were
        here lately.

        Raises:
            Unavailable: The store does not answer.
        """
        ...
