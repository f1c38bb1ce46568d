"""Leases of one process."""

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import final

import attrs

from typing_extensions import override

from aldea_core.domain.ids import OrgId, SessionId
from aldea_core.domain.limits import Admitted, Counts, Kind, Refused, Standing, decide, next_arrival
from aldea_core.domain.usage import Lease, month_of
from aldea_core.ports.keystore import Keystore
from aldea_core.ports.leases import Killed, Leases, Outdated, Renewal, Renewed


# For as long a late renewal may be under way.
_REMEMBERED = timedelta(minutes=1)


@attrs.define
class _OrgLeases:
    """
    The live state of one org.

    Attributes:
        next_expiry: No open lease expires before.
        counts: Open leases by kind.
        ended: Sessions that were released lately, oldest first.
    """

    open: dict[SessionId, Lease] = attrs.Factory(dict)
    next_expiry: datetime | None = None
    counts: Counter[Kind] = attrs.Factory(Counter)
    lapsed: dict[SessionId, Lease] = attrs.Factory(dict)
    killed: set[SessionId] = attrs.Factory(set)
    ended: OrderedDict[SessionId, datetime] = attrs.Factory(OrderedDict)
    used_ms: dict[str, int] = attrs.Factory(dict)
    arrival: datetime | None = None

    def put(self, lease: Lease) -> None:
        if lease.session not in self.open:
            self.counts[lease.kind] += 1
        self.open[lease.session] = lease
        if self.next_expiry is None or lease.expires < self.next_expiry:
            self.next_expiry = lease.expires

    def pop(self, session: SessionId) -> Lease | None:
        lease = self.open.pop(session, None)
        if lease is not None:
            self.counts[lease.kind] -= 1
        return lease

    def sweep(self, at: datetime) -> None:
        if self.next_expiry is None or at < self.next_expiry:
            return
        for lease in [lease for lease in self.open.values() if lease.expires <= at]:
            self.pop(lease.session)
            self.lapsed[lease.session] = lease
            self.killed.discard(lease.session)
        self.next_expiry = min((lease.expires for lease in self.open.values()), default=None)

    def end(self, session: SessionId, at: datetime) -> None:
        """Remembers for a while that *session* was released."""
        while self.ended and at - next(iter(self.ended.values())) >= _REMEMBERED:
            self.ended.popitem(last=False)
        self.ended[session] = at
        self.ended.move_to_end(session)

    def meter(self, session: SessionId, audio_ms: int, at: datetime) -> int:
        """Counts what is new since the session's last checkpoint, and returns the month's sum."""
        known = self.open.get(session) or self.lapsed.get(session)
        new_ms = max(0, audio_ms - (known.audio_ms if known else 0))
        month = month_of(at)
        self.used_ms[month] = self.used_ms.get(month, 0) + new_ms
        return self.used_ms[month]


@final
@attrs.frozen
class MemoryLeases(Leases):
    """
    Args:
        mirror: The gateways' copy of orgs, if there is one at hand.
    """

    _mirror: Keystore | None = None
    _orgs: dict[OrgId, _OrgLeases] = attrs.field(
        factory=lambda: defaultdict(_OrgLeases),
        init=False,
        repr=False,
    )

    @override
    async def admit(
        self, lease: Lease, standing: Standing, *, at: datetime
    ) -> Admitted | Refused | Outdated:
        if self._mirror is not None:
            known = (await self._mirror.standings([lease.org])).get(lease.org)
            if known is not None and known.version != standing.version:
                return Outdated()
        org = self._orgs[lease.org]
        org.sweep(at)
        counts = Counts(
            org.counts[lease.kind],
            org.used_ms.get(month_of(at), 0),
            org.arrival,
        )
        answer = decide(standing, lease.kind, counts, at=at)
        if isinstance(answer, Admitted):
            org.put(lease)
            org.arrival = next_arrival(standing.limits, org.arrival, at=at)
        return answer

    @override
    async def renew(
        self,
        renewals: Sequence[Renewal],
        *,
        at: datetime,
    ) -> Sequence[Renewed | Killed]:
        return [self._renew(renewal.lease, at) for renewal in renewals]

    def _renew(self, lease: Lease, at: datetime) -> Renewed | Killed:
        org = self._orgs[lease.org]
        if lease.session in org.killed:
            return Killed()
        if lease.session in org.ended:  # while its renewal was under way
            return Renewed(org.used_ms.get(month_of(at), 0))
        used_ms = org.meter(lease.session, lease.audio_ms, at)
        org.lapsed.pop(lease.session, None)
        org.put(lease)
        return Renewed(used_ms)

    @override
    async def release(self, lease: Lease, *, audio_ms: int, at: datetime) -> None:
        org = self._orgs[lease.org]
        if lease.session in org.open or lease.session in org.lapsed:
            org.meter(lease.session, audio_ms, at)
        org.pop(lease.session)
        org.lapsed.pop(lease.session, None)
        org.killed.discard(lease.session)
        org.end(lease.session, at)

    @override
    async def open(self, org: OrgId, *, at: datetime) -> Sequence[Lease]:
        leases = self._orgs[org]
        leases.sweep(at)
        return sorted(leases.open.values(), key=lambda lease: lease.started)

    @override
    async def kill(self, org: OrgId, session: SessionId) -> bool:
        leases = self._orgs[org]
        if session not in leases.open:
            return False
        leases.killed.add(session)
        return True

    @override
    async def used_ms(self, org: OrgId, *, at: datetime) -> int:
        return self._orgs[org].used_ms.get(month_of(at), 0)

    @override
    async def raise_used(self, used: Mapping[OrgId, int], *, at: datetime) -> int:
        month = month_of(at)
        low = {
            org: used_ms
            for org, used_ms in used.items()
            if used_ms > self._orgs[org].used_ms.get(month, 0)
        }
        for org, used_ms in low.items():
            self._orgs[org].used_ms[month] = used_ms
        return len(low)

    @override
    async def lapsed(self, *, at: datetime) -> Sequence[Lease]:
        lapsed: list[Lease] = []
        for org in self._orgs.values():
            org.sweep(at)
            lapsed += org.lapsed.values()
        return lapsed

    @override
    async def settle(self, leases: Sequence[Lease]) -> None:
        for lease in leases:
            self._orgs[lease.org].lapsed.pop(lease.session, None)
