"""The usage ledger and usage logs, in memory."""

import itertools

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import final

import attrs

from typing_extensions import override

from adapters.memory.accounts import MemoryAccounts
from aldea_core.domain.billing.usage import UsageRecord, last_uses
from aldea_core.domain.errors import Unavailable, Unstorable
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

    def all(self) -> Sequence[UsageRecord]:
        """All records, for reports and invoices."""
        return list(self._records.values())

    @override
    async def used_ms(self, orgs: Iterable[OrgId], *, since: datetime) -> Mapping[OrgId, int]:
        used: Counter[OrgId] = Counter()
        for record in self._records.values():
            if record.started >= since:
                used[record.org] += record.audio_ms
        return {org: used[org] for org in orgs if org in used}

    @override
    async def used_ms_of_keys(
        self, keys: Iterable[tuple[OrgId, KeyId]], *, since: datetime
    ) -> Mapping[tuple[OrgId, KeyId], int]:
        used: Counter[tuple[OrgId, KeyId]] = Counter()
        for record in self._records.values():
            if record.started >= since:
                used[record.org, record.key] += record.audio_ms
        return {key: used[key] for key in keys if key in used}


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
        try:
            await self.ledger.record(records)
        except Unstorable as error:
            # A spool keeps what its log does not take.
            raise Unavailable("ledger", why=str(error)) from error


@final
@attrs.define
class MemoryUsageQueue(UsageLog, UsageFeed):
    """
    A queue of records in the order of arrival, kept until they are dropped.

    Attributes:
        put_by: Records that were put aside.
    """

    put_by: list[UsageRecord] = attrs.field(factory=list, init=False, repr=False)
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

    @override
    async def put_aside(self, entry: UsageEntry) -> None:
        self.put_by.append(entry.record)
        await self.drop([entry])

    @override
    async def aside(self) -> int:
        return len(self.put_by)
