"""Where usage is written down: by the gateway at once, and for good in the ledger."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from aldea_core.domain.ids import OrgId
from aldea_core.domain.usage import UsageRecord


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


class UsageLedger(Protocol):
    """
    Keeps usage for good.

    - A session is there once, however often it is recorded, as `UsageRecord.replaces` says.
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
