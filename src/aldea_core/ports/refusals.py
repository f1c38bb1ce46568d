"""Refusals, kept for good: how often which limit refused which key, day by day."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import date
from typing import Protocol

from aldea_core.domain.billing.usage import Refusals
from aldea_core.domain.ids import OrgId


class RefusalLedger(Protocol):
    """
    Keeps counts by org, key, day and reason.

    - Of two counts of the same the larger one is kept: they are told again and again as they grow,
      and start anew where the store that counts was lost.
    """

    @abstractmethod
    async def record(self, refusals: Sequence[Refusals]) -> None:
        """
        Raises:
            Unavailable: The ledger does not answer; recording it again heals that.
        """
        ...

    @abstractmethod
    async def refusals(self, org: OrgId, *, since: date, until: date) -> Sequence[Refusals]:
        """
        Those of the days from *since* to *until*, newest first, then by key and reason.

        Raises:
            Unavailable: The ledger does not answer.
        """
        ...
