"""The ledger of refusals: how often which limit refused which key, day by day."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import date
from typing import Protocol

from aldea_core.domain.access.refusals import Refusals
from aldea_core.domain.ids import OrgId


class RefusalLedger(Protocol):
    """
    Stores counts by org, key, day and reason.

    - The larger of two counts is kept. Gateways report each count again as it grows, and counts
      restart at zero if the store that counts was lost.
    """

    @abstractmethod
    async def record(self, refusals: Sequence[Refusals]) -> None: ...

    @abstractmethod
    async def refusals(self, org: OrgId, *, since: date, until: date) -> Sequence[Refusals]:
        """The counts of the days from *since* to *until*, newest first, then by key and reason."""
