"""Usage reports, computed from the ledger's records one by one."""

import itertools

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import UTC, tzinfo
from typing import final

import attrs

from typing_extensions import override

from adapters.memory.usage import MemoryUsageLedger
from aldea_core.domain.billing.months import Month
from aldea_core.domain.billing.reports import (
    Cell,
    Grouping,
    Selection,
    Totals,
    added_up,
    name_in,
    time_name,
    totals_of,
)
from aldea_core.domain.billing.usage import UsageRecord
from aldea_core.domain.ids import OrgId, SessionId
from aldea_core.domain.pages import NEWEST_FIRST, Page, TimePlace
from aldea_core.ports.reports import UsageReports


_BATCH = 1000


@final
@attrs.frozen
class MemoryUsageReports(UsageReports):
    ledger: MemoryUsageLedger

    @override
    async def totals(self, selection: Selection) -> Totals:
        return sum((totals_of(record) for record in self._of(selection)), Totals())

    @override
    async def cells(
        self,
        selection: Selection,
        by: Sequence[Grouping] = (),
        *,
        zone: tzinfo = UTC,
        models: Collection[str] | None = None,
    ) -> Sequence[Cell]:
        def model_of(record: UsageRecord) -> str:
            return record.model if models is None or record.model in models else ""

        return added_up(
            Cell(names, Month.of(record.started), model_of(record), totals_of(record))
            for record in self._of(selection)
            for names in itertools.product(*(_names(record, one, zone) for one in by))
        )

    @override
    async def page(
        self, selection: Selection, page: Page[TimePlace] = NEWEST_FIRST
    ) -> Sequence[UsageRecord]:
        return page.of(self._of(selection), lambda record: record.place)

    @override
    async def session(self, org: OrgId, session: SessionId) -> UsageRecord | None:
        found = (record for record in self.ledger.all() if record.session == session)
        return next((record for record in found if record.org == org), None)

    @override
    async def stream(self, selection: Selection) -> AsyncIterator[Sequence[UsageRecord]]:
        found = await self.page(selection)
        for n in range(0, len(found), _BATCH):
            yield found[n : n + _BATCH]

    def _of(self, selection: Selection) -> list[UsageRecord]:
        return [record for record in self.ledger.all() if selection.has(record)]


def _names(record: UsageRecord, by: Grouping, zone: tzinfo) -> list[str]:
    """The names of the groups that *record* is in."""
    if by is Grouping.TAG:
        return sorted(set(record.tags) or {""})
    return [time_name(record.started, by, zone) if by.is_time else name_in(by, record)]
