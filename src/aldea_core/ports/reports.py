"""Usage, read in every way people ask for it."""

from abc import abstractmethod
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, tzinfo
from typing import Protocol

from aldea_core.domain.billing.reports import Amount, Group, Grouping, Place, Selection, Totals
from aldea_core.domain.billing.usage import UsageRecord
from aldea_core.domain.ids import OrgId, SessionId


class UsageReports(Protocol):
    """
    Reads the ledger.

    - Every report is of the same sessions: the groups of any grouping add up to the totals, but
      for those by tag: a session with several tags counts in each.
    """

    @abstractmethod
    async def totals(self, selection: Selection) -> Totals: ...

    @abstractmethod
    async def groups(
        self, selection: Selection, grouping: Grouping, *, zone: tzinfo = UTC
    ) -> Sequence[Group]:
        """
        What was used by each, without those that used nothing: by name; days and hours, as they
        are in *zone*, in order.
        """
        ...

    @abstractmethod
    async def amounts(self, selection: Selection) -> Sequence[Amount]:
        """What prices may tell apart: by kind, model and tags, in no order."""
        ...

    @abstractmethod
    async def page(
        self,
        selection: Selection,
        *,
        after: Place | None = None,
        skip: int = 0,
        limit: int = 100,
    ) -> Sequence[UsageRecord]:
        """
        Sessions, newest first, that come behind *after*.

        Args:
            skip: How many to leave out, for those who count pages. It takes time for each.
        """
        ...

    @abstractmethod
    async def session(self, org: OrgId, session: SessionId) -> UsageRecord | None: ...

    @abstractmethod
    def stream(self, selection: Selection) -> AsyncIterator[Sequence[UsageRecord]]:
        """All of them, newest first, some at a time, however many there are."""
        ...
