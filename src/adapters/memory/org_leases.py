"""The leases of one org, in memory."""

from collections import Counter, OrderedDict
from datetime import UTC, date, datetime, timedelta

import attrs

from aldea_core.domain.access.key_limits import KeyCounts, KeyLimits, decide_for_key
from aldea_core.domain.access.limits import Admitted, Refused, SessionKind
from aldea_core.domain.billing.usage import Lease, month_of
from aldea_core.domain.ids import KeyId, SessionId
from aldea_core.ports.leases import Peak


# As long as a late renewal may arrive.
_REMEMBERED = timedelta(minutes=1)
_NEVER = datetime.max.replace(tzinfo=UTC)


@attrs.define
class OrgLeases:
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
