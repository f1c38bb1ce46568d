"""The leases of one org, in memory."""

from collections import Counter, OrderedDict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import attrs

from aldea_core.domain.access.key_limits import (
    KeyCounts,
    KeyLimits,
    MeterCount,
    decide_for_key,
)
from aldea_core.domain.access.limits import Admitted, LimitName, Refused, SessionKind
from aldea_core.domain.access.meters import last_month_of, month_of
from aldea_core.domain.ids import KeyId, SessionId
from aldea_core.domain.live.leases import Lease
from aldea_core.ports.leases import Peak


# As long as a late renewal may arrive.
_ENDED_FOR = timedelta(minutes=1)
# Longer than a token and its sessions last.
_TOKEN_FORGOTTEN = timedelta(days=2)
_MOST_SETTLED = 1000
_NEVER = datetime.max.replace(tzinfo=UTC)


@attrs.define
class OrgLeases:
    """
    The live state of one org.

    Attributes:
        next_expiry: The earliest expiry of the open leases.
        counts: Open leases by kind.
        ended: Recently released sessions, oldest first.
        settled: Milliseconds of audio of settled sessions, which may go on: oldest first.
        peaks: The most leases open at once, by month and kind.
        used_ms: Audio used, by month; and by name on further meters (`Lease.meters`).
        held: Milliseconds of audio reserved for each open session, and on which meters.
        tokens: Since when there are meters of tokens, oldest first.
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
    settled: OrderedDict[SessionId, int] = attrs.Factory(OrderedDict)
    used_ms: dict[str, int] = attrs.Factory(dict)
    held: dict[SessionId, tuple[Sequence[str], int]] = attrs.Factory(dict)
    reserved_ms: Counter[str] = attrs.Factory(Counter)
    of_key: dict[KeyId, set[SessionId]] = attrs.Factory(dict)
    key_arrivals: dict[KeyId, datetime] = attrs.Factory(dict)
    refused: Counter[tuple[date, KeyId, str]] = attrs.Factory(Counter)
    last_refused: SessionId | None = None
    arrival: datetime | None = None
    tokens: OrderedDict[str, datetime] = attrs.Factory(OrderedDict)
    peaks: Counter[tuple[str, SessionKind]] = attrs.Factory(Counter)

    def peak(self, month: str) -> Peak:
        return Peak(*(self.peaks[month, kind] for kind in SessionKind))

    def add(self, lease: Lease, kind: SessionKind, month: str, count: int) -> None:
        """Adds a lease that is not open yet; with it *count* of its kind are."""
        self.open[lease.session] = lease
        self.counts[kind] = count
        self.peaks[month, kind] = max(self.peaks[month, kind], count)
        if lease.expires < self.next_expiry:  # noqa: PLR1730 (cheaper: each admission comes here)
            self.next_expiry = lease.expires

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
        key, wanted_ms = lease.key.id, lease.wanted_ms
        self.forget_meters(lease, at)
        counts = KeyCounts(
            len(self.of_key.get(key, ())), self.key_arrivals.get(key), self.counts_of(lease)
        )
        answer = decide_for_key(limits, admitted, counts, burst=burst, at=at, wanted_ms=wanted_ms)
        if isinstance(answer, Refused):
            return answer
        if answer.arrival is not None:
            for old in [each for each, arrival in self.key_arrivals.items() if arrival <= at]:
                del self.key_arrivals[old]
            self.key_arrivals[key] = answer.arrival
        self.count_for_key(lease)
        return answer.admitted

    def reserve(self, lease: Lease, audio_ms: int) -> int:
        names = [month_of(lease.started), *(meter.name for meter in lease.meters)]
        self.held[lease.session] = names, audio_ms
        for name in names:
            self.reserved_ms[name] += audio_ms
        return audio_ms

    def give_back(self, session: SessionId) -> None:
        names, audio_ms = self.held.pop(session, ((), 0))
        for name in names:
            self.reserved_ms[name] -= audio_ms

    def counts_of(self, lease: Lease) -> list[MeterCount]:
        """What is counted on the lease's further meters."""
        return [
            MeterCount(meter, self.used_ms.get(meter.name, 0), max(0, self.reserved_ms[meter.name]))
            for meter in lease.meters
        ]

    def forget_meters(self, lease: Lease, at: datetime) -> None:
        """Forgets meters that no session can use any more, when *lease* brings a new one."""
        names = [meter.name for meter in lease.meters if meter.name not in self.used_ms]
        for name in names:
            self.used_ms[name] = 0
            if name.startswith("token:"):
                self.tokens[name] = at
        while self.tokens and at - next(iter(self.tokens.values())) > _TOKEN_FORGOTTEN:
            name, _ = self.tokens.popitem(last=False)
            del self.used_ms[name], self.reserved_ms[name]
        if names:
            before = last_month_of(at)
            for old in [each for each in self.used_ms if each[:7] < before]:
                del self.used_ms[old], self.reserved_ms[old]

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
        """Remembers for `_ENDED_FOR` that *session* was released."""
        while self.ended and at - next(iter(self.ended.values())) >= _ENDED_FOR:
            self.ended.popitem(last=False)
        self.ended[session] = at
        self.ended.move_to_end(session)

    def knows(self, session: SessionId) -> bool:
        """Whether *session* is open, or was and is not released."""
        return session in self.open or session in self.lapsed or session in self.settled

    def settle(self, session: SessionId) -> None:
        lease = self.lapsed.pop(session, None)
        if lease is not None:
            self.settled[session] = lease.audio_ms
            if len(self.settled) > _MOST_SETTLED:
                self.settled.popitem(last=False)

    def left(self, month: str, quota_ms: int | None) -> int | None:
        """Milliseconds of a quota that are neither used nor reserved. None without a quota."""
        if quota_ms is None:
            return None
        return max(0, quota_ms - self.used_ms.get(month, 0) - self.reserved_ms[month])

    def tightest(self, lease: Lease, quota_ms: int | None) -> tuple[int | None, LimitName | None]:
        """
        The milliseconds left where the least is left, and of which limit; of the org's quota if
        it is None. No milliseconds if there are no limits.
        """
        left, bound = self.left(month_of(lease.started), quota_ms), None
        for count in self.counts_of(lease):
            if left is None or count.left_ms < left:
                left, bound = count.left_ms, count.meter.reason
        return left, bound

    def meter(
        self, lease: Lease, audio_ms: int, quota_ms: int | None = None, *, is_bounded: bool = False
    ) -> int:
        """
        Counts the audio since the session's last checkpoint; if *is_bounded*, up to what is left of
        its limits. Returns all audio counted for the session, in milliseconds.
        """
        month = month_of(lease.started)
        known = self.open.get(lease.session) or self.lapsed.get(lease.session)
        before = known.audio_ms if known else self.settled.pop(lease.session, 0)
        new_ms = max(0, audio_ms - before)
        left = self.tightest(lease, quota_ms)[0] if is_bounded else None
        if left is not None:
            new_ms = min(new_ms, left)
        for name in (month, *(meter.name for meter in lease.meters)):
            self.used_ms[name] = self.used_ms.get(name, 0) + new_ms
        return before + new_ms
