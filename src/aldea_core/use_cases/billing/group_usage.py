"""Add usage up by one grouping, without prices."""

from collections.abc import Sequence
from datetime import UTC, tzinfo

from aldea_core.domain.billing.reports import Group, Grouping, Selection, grouped
from aldea_core.ports.reports import UsageReports


async def groups_of(
    reports: UsageReports, selection: Selection, grouping: Grouping, *, zone: tzinfo = UTC
) -> Sequence[Group]:
    """
    Usage per group, without empty groups, ordered by name; days and hours are in *zone*, in order
    of time.
    """
    cells = await reports.cells(selection, (grouping,), zone=zone, models=())
    return grouped(cells, grouping)
