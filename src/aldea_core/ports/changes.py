"""Transactional outbox of org changes, and the signal that wakes its relay."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import attrs

from aldea_core.domain.ids import OrgId


@attrs.define
class ClaimedChanges:
    """
    Outbox rows that one relay has claimed.

    Attributes:
        orgs: The orgs that changed, each once, the longest waiting first.
        acknowledged: Those of them whose rows may be deleted.
        traces: The trace of an org's newest change, as a traceparent; no entry if it has none.
    """

    orgs: tuple[OrgId, ...]
    acknowledged: set[OrgId] = attrs.field(factory=set)
    traces: Mapping[OrgId, str] = attrs.field(factory=dict)

    def acknowledge(self, orgs: Iterable[OrgId]) -> None:
        self.acknowledged.update(orgs)


class OrgChanges(Protocol):
    """
    Outbox of org changes that are not relayed yet.

    - A row is deleted only after its org was acknowledged, so a relay that crashes loses no change.
      Delivery is at least once.
    - Several relays may claim at once; no two claim the same row.
    """

    @abstractmethod
    def claim(self, limit: int) -> AbstractAsyncContextManager[ClaimedChanges]:
        """
        Claims the oldest changes, at most *limit*, while the context lasts. A normal exit deletes
        the rows of acknowledged orgs; an exception deletes none.

        Raises:
            Unavailable: The store does not answer; no change is lost.
        """

    @abstractmethod
    async def waiting(self) -> int:
        """The number of outbox rows not relayed yet."""

    @abstractmethod
    async def oldest(self) -> int | None:
        """The number of the oldest outbox row, which grows with each row; None if there is none."""


class ChangeSignal(Protocol):
    """
    Wakes the relay when the outbox has new rows.

    - A change during a wait, or since the last wait, ends the wait.
    - Wake-ups may be spurious and may get lost, so the relay also polls.
    """

    @abstractmethod
    async def wait(self, seconds: float) -> bool:
        """
        Waits up to *seconds*; True if the outbox should be read now.

        Raises:
            Unavailable: The connection failed; the next call reconnects.
        """

    @abstractmethod
    async def close(self) -> None: ...
