"""The usage ledger and usage logs, in memory."""

import itertools

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import final

import attrs

from typing_extensions import override

from adapters.memory.accounts import MemoryAccounts
from aldea_core.domain.billing.usage import UsageRecord, last_uses
from aldea_core.domain.ids import KeyId, OrgId, SessionId
from aldea_core.ports.usage import UsageEntry, UsageFeed, UsageLedger, UsageLog


@final
@attrs.frozen
class MemoryUsageLedger(UsageLedger):
    """
    Args:
        accounts: The keys whose times of last use are updated.
    """

    accounts: MemoryAccounts = attrs.field(factory=MemoryAccounts, repr=False)
    _records: dict[SessionId, UsageRecord] = attrs.field(factory=dict, init=False, repr=False)

    @override
    async def record(self, records: Sequence[UsageRecord]) -> None:
        for record in records:
            known = self._records.get(record.session)
            if known is None or record.replaces(known):
                self._records[record.session] = record
        self.accounts.mark_used(last_uses(records))

    @override
    async def sessions(self, org: OrgId, *, limit: int = 100) -> Sequence[UsageRecord]:
        own = [record for record in self._records.values() if record.org == org]
        return sorted(own, key=lambda record: record.started, reverse=True)[:limit]

    def all(self) -> Sequence[UsageRecord]:
        """All records, for reports and invoices."""
        return list(self._records.values())

    @override
    async def used_ms(self, orgs: Iterable[OrgId], *, since: datetime) -> Mapping[OrgId, int]:
        used: dict[OrgId, int] = {}
        wanted = set(orgs)
        for record in self._records.values():
            if record.org in wanted and record.started >= since:
                used[record.org] = used.get(record.org, 0) + record.audio_ms
        return used

    @override
    async def used_ms_of_keys(
        self, keys: Iterable[tuple[OrgId, KeyId]], *, since: datetime
    ) -> Mapping[tuple[OrgId, KeyId], int]:
        used: dict[tuple[OrgId, KeyId], int] = {}
        wanted = set(keys)
        for record in self._records.values():
            of = (record.org, record.key)
            if of in wanted and record.started >= since:
                used[of] = used.get(of, 0) + record.audio_ms
        return used


@final
@attrs.frozen
class NoUsageLog(UsageLog):
    """Discards usage: an engine's sessions are billed by the gateway in front of the engine."""

    @override
    async def write(self, records: Sequence[UsageRecord]) -> None:
        pass


@final
@attrs.frozen
class DirectUsageLog(UsageLog):
    """Writes records to the ledger directly, if gateway and ledger are in one process."""

    ledger: UsageLedger

    @override
    async def write(self, records: Sequence[UsageRecord]) -> None:
        await self.ledger.record(records)


@final
@attrs.define
class MemoryUsageQueue(UsageLog, UsageFeed):
    """A queue of records in the order of arrival, kept until they are dropped."""

    _entries: dict[str, UsageRecord] = attrs.field(factory=dict, init=False, repr=False)
    _last: int = attrs.field(default=0, init=False)

    @override
    async def write(self, records: Sequence[UsageRecord]) -> None:
        for record in records:
            self._last += 1
            self._entries[str(self._last)] = record

    @override
    async def take(self, limit: int) -> Sequence[UsageEntry]:
        oldest = itertools.islice(self._entries.items(), limit)
        return [UsageEntry(entry, record) for entry, record in oldest]

    @override
    async def drop(self, entries: Sequence[UsageEntry]) -> None:
        for entry in entries:
            self._entries.pop(entry.id, None)
