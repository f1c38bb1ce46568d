"""Usage reports."""

from abc import abstractmethod
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import UTC, tzinfo
from typing import Protocol

from aldea_core.domain.billing.reports import (
    Cell,
    Grouping,
    Selection,
    Totals,
)
from aldea_core.domain.billing.usage import UsageRecord
from aldea_core.domain.ids import OrgId, SessionId
from aldea_core.domain.pages import NEWEST_FIRST, Page, TimePlace


class UsageReports(Protocol):
    """
    Queries the usage ledger.

    - All reports of a selection cover the same sessions: the cells of any groupings add up to the
      totals. Grouping by tag is the exception: a session counts once for each of its tags.
    """

    @abstractmethod
    async def totals(self, selection: Selection) -> Totals: ...

    @abstractmethod
    async def cells(
        self,
        selection: Selection,
        by: Sequence[Grouping] = (),
        *,
        zone: tzinfo = UTC,
        models: Collection[str] | None = None,
    ) -> Sequence[Cell]:
        """
        Usage split by several groupings at once, of which one at most is by time, and by what
        prices depend on; without empty cells, ordered by names. By tag, a session is in one cell
        for each of its tags.

        Args:
            models: Those that have prices of their own. All others are one, called "", which makes
                fewer cells. None: each is its own.
        """

    @abstractmethod
    async def page(
        self, selection: Selection, page: Page[TimePlace] = NEWEST_FIRST
    ) -> Sequence[UsageRecord]:
        """Sessions ordered by when they began and their ids."""

    @abstractmethod
    async def session(self, org: OrgId, session: SessionId) -> UsageRecord | None: ...

    @abstractmethod
    def stream(self, selection: Selection) -> AsyncIterator[Sequence[UsageRecord]]:
        """All sessions of the selection, newest first, in batches, with bounded memory."""
