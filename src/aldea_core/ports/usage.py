"""Recording usage: the gateway's log, and the permanent ledger."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import attrs

from aldea_core.domain.billing.usage import UsageRecord
from aldea_core.domain.ids import KeyId, OrgId


class UsageLog(Protocol):
    """
    Takes usage records from gateways.

    - Every record reaches the consumer at least once, even if gateway or consumer crash.
    """

    @abstractmethod
    async def write(self, records: Sequence[UsageRecord]) -> None:
        """
        Raises:
            Unavailable: The log does not answer. Writing the records again may duplicate them.
        """


@attrs.frozen
class UsageEntry:
    """A record on its way to the ledger; *id* is its position in the log."""

    id: str
    record: UsageRecord


class UsageFeed(Protocol):
    """
    The consumer's side of the log: what gateways wrote, to be put into the ledger.

    - An entry is delivered again until it is dropped: at once to the consumer that took it, and to
      another consumer after a timeout.
    - An entry that cannot be parsed is set aside without blocking others.
    """

    @abstractmethod
    async def take(self, limit: int) -> Sequence[UsageEntry]:
        """
        About *limit* entries, oldest first: those that this consumer took and did not drop, or else
        entries that no consumer has claimed.
        """

    @abstractmethod
    async def drop(self, entries: Sequence[UsageEntry]) -> None:
        """
        Deletes entries that are in the ledger.

        Raises:
            Unavailable: The log does not answer; the entries will be delivered again.
        """

    @abstractmethod
    async def put_aside(self, entry: UsageEntry) -> None:
        """
        Keeps an entry that the ledger can never take where operators find it, and delivers it no
        more.

        Raises:
            Unavailable: The log does not answer; the entry will be delivered again.
        """

    @abstractmethod
    async def aside(self) -> int:
        """How many entries are aside: those put there, and those that cannot be parsed."""


class UsageLedger(Protocol):
    """
    Stores usage permanently.

    - A session has one record, however often it is recorded; `UsageRecord.replaces` decides which.
    - Recording updates when the key was last used, with a precision of `key_uses.LAST_USED_STEP`. Gateways
      do not need that time, so the org's version does not change.
    """

    @abstractmethod
    async def record(self, records: Sequence[UsageRecord]) -> None:
        """
        Raises:
            Unavailable: The ledger does not answer; nothing was recorded.
            Unstorable: It can never take one of *records*; nothing was recorded.
        """

    @abstractmethod
    async def used_ms(self, orgs: Iterable[OrgId], *, since: datetime) -> Mapping[OrgId, int]:
        """
        Milliseconds of audio in sessions that began at *since* or later, by org; orgs without usage
        are absent.
        """

    @abstractmethod
    async def used_ms_of_keys(
        self, keys: Iterable[tuple[OrgId, KeyId]], *, since: datetime
    ) -> Mapping[tuple[OrgId, KeyId], int]:
        """As `used_ms`, by org and key; keys without usage are absent."""
