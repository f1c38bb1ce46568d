"""Where usage is written down: by the gateway at once, and for good in the ledger."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import attrs

from aldea_core.domain.billing.usage import UsageRecord
from aldea_core.domain.ids import OrgId


# So a key in steady use is not written for every batch.
LAST_USED_STEP = timedelta(seconds=30)


class UsageLog(Protocol):
    """
    Takes usage records from gateways and hands them on.

    - Every record is handed on at least once, whatever dies in between.
    """

    @abstractmethod
    async def write(self, records: Sequence[UsageRecord]) -> None:
        """
        Raises:
            Unavailable: The log does not answer; the records may come twice if written again.
        """
        ...


@attrs.frozen
class UsageEntry:
    """A record on its way to the ledger. *id* is its place in the log."""

    id: str
    record: UsageRecord


class UsageFeed(Protocol):
    """
    The log's other end: what gateways wrote, for whoever puts it into the ledger.

    - An entry is handed out again until it is dropped: at once to the one that took it, and to
      another if it is not dropped in a while.
    - An entry that cannot be read is put aside, and harms no other.
    """

    @abstractmethod
    async def take(self, limit: int) -> Sequence[UsageEntry]:
        """
        About *limit* entries: those that were taken here and not dropped, or else such as nobody
        has in hand, oldest first.

        Raises:
            Unavailable: The log does not answer.
        """
        ...

    @abstractmethod
    async def drop(self, entries: Sequence[UsageEntry]) -> None:
        """
        Forgets entries that are in the ledger.

        Raises:
            Unavailable: The log does not answer; they come again.
        """
        ...


class UsageLedger(Protocol):
    """
    Keeps usage for good.

    - A session is there once, however often it is recorded, as `UsageRecord.replaces` says.
    - A key of the same store says when it was used last, to `LAST_USED_STEP`; that changes nothing
      for gateways, so the org's version stays.
    """

    @abstractmethod
    async def record(self, records: Sequence[UsageRecord]) -> None:
        """
        Raises:
            Unavailable: The ledger does not answer; nothing was recorded.
        """
        ...

    @abstractmethod
    async def sessions(self, org: OrgId, *, limit: int = 100) -> Sequence[UsageRecord]:
        """The org's sessions, newest first."""
        ...

    @abstractmethod
    async def used_ms(self, orgs: Iterable[OrgId], *, since: datetime) -> Mapping[OrgId, int]:
        """
        Audio of the sessions that began then or later, of those orgs that have any.

        Raises:
            Unavailable: The ledger does not answer.
        """
        ...
