"""
Renew open sessions, or end those whose key was revoked, whose org was suspended, or whose quota is
used up.

A gateway renews all its sessions at this interval, many at a time. It reads the keystore and no
cache, so that no session outlives its permission by more than the interval.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import assert_never

import attrs

from aldea_core.domain.access.key_limits import NO_LIMITS
from aldea_core.domain.access.keys import KnownKey
from aldea_core.domain.access.limits import Entitlements, OrgStatus
from aldea_core.domain.errors import Unavailable
from aldea_core.domain.live.endings import Ending, used_up
from aldea_core.domain.live.leases import Lease
from aldea_core.ports.clock import Clock
from aldea_core.ports.keystore import Keystore, Unreadable
from aldea_core.ports.leases import Damaged, Killed, Leases, Renewal, Renewed
from aldea_core.use_cases.live.open_session import LEASE_LIFE


INTERVAL_SECONDS = 3.0


@attrs.frozen
class UsedUp:
    """
    No more audio is granted.

    Attributes:
        lease: With all that is; unbounded if the limit is new.
    """

    ending: Ending
    lease: Lease


@attrs.frozen
class RenewSessions:
    """
    Renews leases and decides which sessions must end.

    Attributes:
        offline: See `OpenSession`: what was taken there is renewed there, as long as it is counted.
    """

    keystore: Keystore
    leases: Leases
    offline: Leases
    clock: Clock
    lease_life: timedelta = LEASE_LIFE

    async def __call__(self, leases: Sequence[Lease]) -> Sequence[Lease | UsedUp | Ending]:
        """
        For each lease, in order, the renewed lease, or the reason for which its session must end.

        If a store does not answer, no session ends: the leases are returned unchanged.
        """
        try:
            return await self._renew(leases)
        except Unavailable:
            await self._renew_offline(leases)
            return leases

    async def _renew_offline(self, leases: Sequence[Lease]) -> None:
        """Keeps the places of sessions that this gateway alone counts: without these, more begin."""
        now = self.clock.now()
        until = now + self.lease_life
        taken = [
            Renewal(lease.renewed(until=until), Entitlements())
            for lease in leases
            if lease.is_offline
        ]
        await self.offline.renew(taken, at=now)

    async def _renew(self, leases: Sequence[Lease]) -> Sequence[Lease | UsedUp | Ending]:
        now = self.clock.now()
        keys = await self.keystore.keys({lease.key.hash for lease in leases})
        entitlements_of_orgs = await self.keystore.entitlements_of_orgs(
            {lease.org for lease in leases}
        )
        answers: list[Lease | UsedUp | Ending] = []
        renewals: list[Renewal] = []
        for lease in leases:
            key, entitlements = keys.get(lease.key.hash), entitlements_of_orgs.get(lease.org)
            ending = _ending_of(key, entitlements, now)
            answers.append(lease if ending is None else ending)
            if ending is None:
                renewed = _as_limited(lease, key).renewed(until=now + self.lease_life)
                renewals.append(Renewal(renewed, entitlements or Entitlements()))
        outcomes = await self.leases.renew(renewals, at=now)
        unknown = [
            renewal.lease
            for renewal, outcome in zip(renewals, outcomes, strict=True)
            if isinstance(outcome, Damaged)
        ]
        if unknown:
            await self._renew_offline(unknown)
        judged = iter(
            _judge(renewal, outcome) for renewal, outcome in zip(renewals, outcomes, strict=True)
        )
        return [answer if isinstance(answer, Ending) else next(judged) for answer in answers]


def _ending_of(
    key: KnownKey | Unreadable | None, entitlements: Entitlements | None, now: datetime
) -> Ending | None:
    """
    The reason for which a session with *key* must end, if any.

    An org that is missing from the keystore was lost with it, not removed, so its sessions
    continue. So do those of a key whose record is damaged, until it is repaired.
    """
    if entitlements is None:
        return None
    if entitlements.status is OrgStatus.SUSPENDED:
        return Ending.SUSPENDED
    if isinstance(key, Unreadable):
        return None
    return None if key is not None and key.opens(at=now) else Ending.KEY_REVOKED


def _as_limited(lease: Lease, key: KnownKey | Unreadable | None) -> Lease:
    """*lease*, which counts by the limits that its key has now; by those before if they are unknown."""
    if not isinstance(key, KnownKey) or key.limits == lease.key.limits:
        return lease
    limits = NO_LIMITS if key.limits is None and lease.key.token is not None else key.limits
    return attrs.evolve(lease, key=attrs.evolve(lease.key, limits=limits))


def _judge(renewal: Renewal, outcome: Renewed | Killed | Damaged) -> Lease | UsedUp | Ending:
    match outcome:
        case Damaged():
            return renewal.lease
        case Killed():
            return Ending.ENDED_BY_OWNER
        case Renewed(granted_ms=granted, bound=bound):
            lease, entitlements = renewal.lease, renewal.entitlements
            if granted is not None and granted <= lease.audio_ms:
                # What was used before there was any limit is billed.
                had_limit = lease.granted_ms is not None
                return UsedUp(
                    used_up(bound, entitlements), lease.used_up(granted) if had_limit else lease
                )
            return lease if granted == lease.granted_ms else lease.granted(granted)
        case _:
            assert_never(outcome)
