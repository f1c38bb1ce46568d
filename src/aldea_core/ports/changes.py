"""The outbox of changes: which orgs must be told to the gateways, and what wakes whoever tells."""

from abc import abstractmethod
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import attrs

from aldea_core.domain.ids import OrgId


@attrs.define
class ClaimedChanges:
    """
    Changes in hand.

    Attributes:
        orgs: Who changed, each once, those that wait longest first.
        told: Those of them whose changes may be forgotten.
    """

    orgs: tuple[OrgId, ...]
    acknowledged: set[OrgId] = attrs.field(factory=set)

    def acknowledge(self, orgs: Iterable[OrgId]) -> None:
        self.acknowledged.update(orgs)


class OrgChanges(Protocol):
    """
    Keeps changes of orgs until they were told.

    - A change is forgotten only after its org was told, so whoever dies in between loses none; it
      may be told twice.
    - Of several who take changes at once, none gets what another has in hand.
    """

    @abstractmethod
    def claim(self, limit: int) -> AbstractAsyncContextManager[ClaimedChanges]:
        """
        The oldest changes, at most *limit*, for as long as the context lasts; what was told by
        its end is forgotten. If it ends by an exception, nothing is.

        Raises:
            Unavailable: The store does not answer; no change is lost.
        """
        ...

    @abstractmethod
    async def waiting(self) -> int:
        """
        How many changes wait.

        Raises:
            Unavailable: The store does not answer.
        """
        ...


class ChangeSignal(Protocol):
    """
    Wakes whoever waits for changes.

    - A change that comes while somebody waits, or since the last wait, is a reason to wake up.
    - It may wake for nothing; and it may lose a call, so it is never the only reason to look.
    """

    @abstractmethod
    async def wait(self, seconds: float) -> bool:
        """
        Whether there is a reason to look before *seconds* have passed.

        Raises:
            Unavailable: Nobody could be heard; the next wait tries again.
        """
        ...

    @abstractmethod
    async def close(self) -> None: ...
