"""Leases of one process."""

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import final

import attrs

from typing_extensions import override

from aldea_core.domain.access.key_limits import KeyCounts, KeyLimits, decide_for_key
from aldea_core.domain.access.limits import (
    Admitted,
    Counts,
    Entitlements,
    Refused,
    SessionKind,
    admitted_before,
    decide,
)
from aldea_core.domain.billing.usage import Lease, Refusals, last_month_of, month_of
from aldea_core.domain.ids import KeyId, OrgId, SessionId
from aldea_core.ports.keystore import Keystore
from aldea_core.ports.leases import (
    Killed,
    LeaseCounts,
    Leases,
    Outdated,
    Peak,
    Renewal,
    Renewed,
)


# As long as a late renewal may arrive.
_REMEMBERED = timedelta(minutes=1)
_NEVER = datetime.max.replace(tzinfo=UTC)


@attrs.define
class _OrgLeases:
    """
    The live state of one org.

    Attributes:
        next_expiry: The earliest expiry of the open leases.
        counts: Open leases by kind.
        ended: Recently released sessions, oldest first.
        peaks: The most leases open at once, by month and kind.
        held: Month and milliseconds of audio reserved for each open session.
        of_key: Open sessions of each key that has limits.
        key_arrivals: Theoretical arrival time of the next request of each key that has a rate.
        refused: Number of refusals by day, key and reason.
        last_refused: The session refused last. A repeated refusal of it is not counted again.
    """

    open: dict[SessionId, Lease] = attrs.Factory(dict)
    next_expiry: datetime = _NEVER
    counts: Counter[SessionKind] = attrs.Factory(Counter)
    lapsed: dict[SessionId, Lease] = attrs.Factory(dict)
    killed: set[SessionId] = attrs.Factory(set)
    ended: OrderedDict[SessionId, datetime] = attrs.Factory(OrderedDict)
    used_ms: dict[str, int] = attrs.Factory(dict)
    held: dict[SessionId, tuple[str, int]] = attrs.Factory(dict)
    reserved_ms: Counter[str] = attrs.Factory(Counter)
    of_key: dict[KeyId, set[SessionId]] = attrs.Factory(dict)
    key_arrivals: dict[KeyId, datetime] = attrs.Factory(dict)
    refused: Counter[tuple[date, KeyId, str]] = attrs.Factory(Counter)
    last_refused: SessionId | None = None
    arrival: datetime | None = None
    peaks: Counter[tuple[str, SessionKind]] = attrs.Factory(Counter)

    def peak(self, month: str) -> Peak:
        return Peak(*(self.peaks[month, kind] for kind in SessionKind))

    def add(self, lease: Lease, kind: SessionKind, month: str, count: int) -> None:
        """Adds a lease that is not open yet; with it *count* of its kind are."""
        self.open[lease.session] = lease
        self.counts[kind] = count
        self.peaks[month, kind] = max(self.peaks[month, kind], count)
        self.next_expiry = min(self.next_expiry, lease.expires)

    def put(self, lease: Lease) -> None:
        if lease.session not in self.open:
            self.counts[lease.kind] += 1
        self.open[lease.session] = lease
        self.next_expiry = min(self.next_expiry, lease.expires)

    def pop(self, session: SessionId) -> Lease | None:
        if self.held:
            self.give_back(session)
        lease = self.open.pop(session, None)
        if lease is not None:
            self.counts[lease.kind] -= 1
            if self.of_key:
                self._leave_key(lease)
        return lease

    def count_for_key(self, lease: Lease) -> None:
        self.of_key.setdefault(lease.key.id, set()).add(lease.session)

    def _leave_key(self, lease: Lease) -> None:
        sessions = self.of_key.get(lease.key.id)
        if sessions is not None:
            sessions.discard(lease.session)
            if not sessions:
                del self.of_key[lease.key.id]

    def decide_for_key(
        self, lease: Lease, limits: KeyLimits, admitted: Admitted, burst: int, at: datetime
    ) -> Admitted | Refused:
        """As `key_limits.decide_for_key`; counts the session if it is admitted."""
        key = lease.key.id
        counts = KeyCounts(len(self.of_key.get(key, ())), self.key_arrivals.get(key))
        answer = decide_for_key(limits, admitted, counts, burst=burst, at=at)
        if isinstance(answer, Refused):
            return answer
        if answer.arrival is not None:
            for old in [each for each, arrival in self.key_arrivals.items() if arrival <= at]:
                del self.key_arrivals[old]
            self.key_arrivals[key] = answer.arrival
        self.count_for_key(lease)
        return answer.admitted

    def reserve(self, lease: Lease, audio_ms: int) -> int:
        month = month_of(lease.started)
        self.held[lease.session] = month, audio_ms
        self.reserved_ms[month] += audio_ms
        return audio_ms

    def give_back(self, session: SessionId) -> None:
        month, audio_ms = self.held.pop(session, ("", 0))
        self.reserved_ms[month] -= audio_ms

    def refuse(self, lease: Lease, refused: Refused, at: datetime) -> None:
        if lease.session != self.last_refused:
            self.last_refused = lease.session
            self.refused[at.date(), lease.key.id, refused.name.code] += 1
            for old in [each for each in self.refused if (at.date() - each[0]).days > 1]:
                del self.refused[old]

    def sweep(self, at: datetime) -> None:
        if at < self.next_expiry:
            return
        for lease in [lease for lease in self.open.values() if lease.expires <= at]:
            self.pop(lease.session)
            self.lapsed[lease.session] = lease
            self.killed.discard(lease.session)
        self.next_expiry = min((lease.expires for lease in self.open.values()), default=_NEVER)

    def end(self, session: SessionId, at: datetime) -> None:
        """Remembers for `_REMEMBERED` that *session* was released."""
        while self.ended and at - next(iter(self.ended.values())) >= _REMEMBERED:
            self.ended.popitem(last=False)
        self.ended[session] = at
        self.ended.move_to_end(session)

    def left(self, month: str, quota_ms: int | None) -> int | None:
        """Milliseconds of a quota that are neither used nor reserved. None without a quota."""
        if quota_ms is None:
            return None
        return max(0, quota_ms - self.used_ms.get(month, 0) - self.reserved_ms[month])

    def meter(self, lease: Lease, audio_ms: int, quota_ms: int | None = None) -> int:
        """
        Counts the audio since the session's last checkpoint, up to what is left of the quota.
        Returns all audio counted for the session, in milliseconds.
        """
        month = month_of(lease.started)
        known = self.open.get(lease.session) or self.lapsed.get(lease.session)
        before = known.audio_ms if known else 0
        new_ms, left = max(0, audio_ms - before), self.left(month, quota_ms)
        if left is not None:
            new_ms = min(new_ms, left)
        self.used_ms[month] = self.used_ms.get(month, 0) + new_ms
        return before + new_ms


@final
@attrs.frozen
class MemoryLeases(Leases):
    """
    Args:
        mirror: The gateways' copy of orgs, if it is in this process.
    """

    _mirror: Keystore | None = None
    _orgs: dict[OrgId, _OrgLeases] = attrs.field(
        factory=lambda: defaultdict(_OrgLeases),
        init=False,
        repr=False,
    )

    @override
    async def admit(
        self, lease: Lease, entitlements: Entitlements, *, at: datetime
    ) -> Admitted | Refused | Outdated:
        if self._mirror is not None:
            known = (await self._mirror.entitlements_of_orgs([lease.org])).get(lease.org)
            if known is not None and known.version != entitlements.version:
                return Outdated()
        org = self._orgs[lease.org]
        org.sweep(at)
        session, kind, month = lease.session, lease.kind, month_of(lease.started)
        counts = Counts(
            org.counts[kind], org.used_ms.get(month, 0), org.arrival, org.reserved_ms.get(month, 0)
        )
        if session in org.open or session in org.ended:
            granted_ms = org.held.get(session, ("", 0))[1]
            return admitted_before(entitlements, kind, counts, granted_ms, at=at)
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
        counted_ms = org.meter(lease, lease.audio_ms, quota_ms)
        org.lapsed.pop(lease.session, None)
        org.put(attrs.evolve(lease, audio_ms=counted_ms))
        if lease.key.limits is not None:
            org.count_for_key(lease)
        granted_ms, left = None, org.left(month, quota_ms)
        if left is not None:
            more = max(0, min(lease.wanted_ms - counted_ms, left))
            granted_ms = counted_ms + org.reserve(lease, more)
        return Renewed(org.used_ms.get(month, 0), granted_ms)

    @override
    async def release(self, lease: Lease, *, audio_ms: int, at: datetime) -> None:
        org = self._orgs[lease.org]
        org.give_back(lease.session)
        if lease.session in org.open or lease.session in org.lapsed:
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

    @override
    async def refusals(self, *, at: datetime) -> Sequence[Refusals]:
        return [
            Refusals(org, key, day, reason, count)
            for org, leases in self._orgs.items()
            for (day, key, reason), count in leases.refused.items()
            if (at.date() - day).days <= 1
        ]
