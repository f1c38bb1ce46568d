"""What a usage ledger holds, in memory or in a database."""

from datetime import UTC, datetime

from adapters.memory.reports import MemoryUsageReports
from adapters.memory.usage import MemoryUsageLedger
from adapters.postgres.reports import SqlUsageReports
from aldea_core.domain.billing.reports import Selection
from aldea_core.domain.billing.usage import UsageRecord
from aldea_core.domain.ids import OrgId


_SINCE, _UNTIL = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


async def sessions_of(ledger, org: OrgId) -> list[UsageRecord]:
    """The sessions of *org*, newest first."""
    is_here = isinstance(ledger, MemoryUsageLedger)
    reports = MemoryUsageReports(ledger) if is_here else SqlUsageReports(ledger.engine)
    return list(await reports.page(Selection(org, _SINCE, _UNTIL)))
