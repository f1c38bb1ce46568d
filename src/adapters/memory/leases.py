"""Leases of one process."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import final

import attrs

from typing_extensions import override

from adapters.memory.org_leases import OrgLeases
from aldea_core.domain.access.limits import (
    Admitted,
    Counts,
    Entitlements,
    Refused,
    SessionKind,
    admitted_before,
    decide,
)
from aldea_core.domain.access.meters import last_month_of, meter_of_key, month_of
from aldea_core.domain.access.refusals import Refusals
from aldea_core.domain.ids import KeyId, OrgId, SessionId
from aldea_core.domain.live.leases import Lease
from aldea_core.ports.keystore import Keystore
from aldea_core.ports.leases import (
    Killed,
    LeaseCounts,
    Leases,
    Outdated,
    Renewal,
    Renewed,
)


@final
@attrs.frozen
class MemoryLeases(Leases):
    """
    Args:
        mirror: The gateways' copy of orgs, if it is in this process.
    """

    _mirror: Keystore | None = None
    _orgs: dict[OrgId, OrgLeases] = attrs.field(
        factory=lambda: defaultdict(OrgLeases),
        init=False,
        repr=False,
    )

    @override
    def shard(self, org: OrgId) -> None:
        """There is one part."""

    @override
    async def admit(
        self, lease: Lease, entitlements: Entitlements, *, at: datetime
    ) -> Admitted | Refused | Outdated:
        if self._mirror is not None:
            known = (await self._mirror.entitlements_of_orgs([lease.org])).get(lease.org)
            if known is not None and known.version != entitlements.version:
                return Outdated()
        org = self._orgs[lease.key.org]
        org.sweep(at)
        session, kind = lease.session, lease.kind
        month = month_of(lease.started)
        counts = Counts(
            org.counts[kind], org.used_ms.get(month, 0), org.arrival, org.reserved_ms.get(month, 0)
        )
        if session in org.open or session in org.ended:
            granted_ms = org.held.get(session, ((), 0))[1]
            before = admitted_before(entitlements, kind, counts, granted_ms, at=at)
            return attrs.evolve(before, granted_ms=granted_ms) if lease.meters else before
        answer = decide(entitlements, kind, counts, at, lease.stretch_ms)
        if lease.key.limits is not None and isinstance(answer, Admitted):
            burst = entitlements.limits.request_burst
            answer = org.decide_for_key(lease, lease.key.limits, answer, burst, at)
        if isinstance(answer, Refused):
            org.refuse(lease, answer, at)
            return answer
        org.add(lease, kind, month, counts.open + 1)
        if answer.reset:
            org.arrival = at + timedelta(seconds=answer.reset)
        if answer.granted_ms is not None:
            org.reserve(lease, answer.granted_ms)
        return answer

    @override
    async def renew(
        self,
        renewals: Sequence[Renewal],
        *,
        at: datetime,
    ) -> Sequence[Renewed | Killed]:
        return [
            self._renew(renewal.lease, renewal.entitlements.limits.quota_ms) for renewal in renewals
        ]

    def _renew(self, lease: Lease, quota_ms: int | None) -> Renewed | Killed:
        org, month = self._orgs[lease.org], month_of(lease.started)
        if lease.session in org.killed:
            return Killed()
        if lease.session in org.ended:  # released before the renewal arrived
            return Renewed(org.used_ms.get(month, 0))
        org.give_back(lease.session)
        counted_ms = org.meter(lease, lease.audio_ms, quota_ms, is_bounded=True)
        org.lapsed.pop(lease.session, None)
        org.put(attrs.evolve(lease, audio_ms=counted_ms))
        if lease.key.limits is not None:
            org.count_for_key(lease)
        granted_ms = None
        left, bound = org.tightest(lease, quota_ms)
        if left is not None:
            more = max(0, min(lease.wanted_ms - counted_ms, left))
            granted_ms = counted_ms + org.reserve(lease, more)
        return Renewed(org.used_ms.get(month, 0), granted_ms, bound)

    @override
    async def release(self, lease: Lease, *, audio_ms: int, at: datetime) -> None:
        org = self._orgs[lease.org]
        org.give_back(lease.session)
        if org.knows(lease.session):
            org.meter(lease, audio_ms)
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
    async def open_of_all(self, *, at: datetime, limit: int) -> Sequence[Lease]:
        found = [lease for org in list(self._orgs) for lease in await self.open(org, at=at)]
        return sorted(found, key=lambda lease: lease.started)[:limit]

    @override
    async def counts(self, org: OrgId, *, at: datetime) -> LeaseCounts:
        leases, month = self._orgs[org], month_of(at)
        leases.sweep(at)
        return LeaseCounts(
            leases.counts[SessionKind.LIVE],
            leases.counts[SessionKind.FILE],
            leases.used_ms.get(month, 0),
            leases.peak(month),
            leases.peak(last_month_of(at)),
        )

    @override
    async def kill(self, org: OrgId, session: SessionId) -> bool:
        leases = self._orgs[org]
        if session not in leases.open:
            return False
        leases.killed.add(session)
        return True

    @override
    async def raise_used(
        self,
        used: Mapping[OrgId, int],
        by_key: Mapping[tuple[OrgId, KeyId], int] | None = None,
        *,
        at: datetime,
    ) -> int:
        month, low = month_of(at), 0
        wanted = [(org, month, used_ms) for org, used_ms in used.items()]
        for (org, key), used_ms in (by_key or {}).items():
            wanted.append((org, meter_of_key(month, key), used_ms))
        for org, meter, used_ms in wanted:
            if used_ms > self._orgs[org].used_ms.get(meter, 0):
                self._orgs[org].used_ms[meter] = used_ms
                low += 1
        return low

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
            self._orgs[lease.org].settle(lease.session)

    @override
    async def refusals(self, *, at: datetime) -> Sequence[Refusals]:
        return [
            Refusals(org, key, day, reason, count)
            for org, leases in self._orgs.items()
            for (day, key, reason), count in leases.refused.items()
            if (at.date() - day).days <= 1
        ]
