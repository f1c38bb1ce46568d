"""The queue between the database and the keystore: which orgs must be copied again."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Protocol

import attrs

from aldea_core.domain.ids import OrgId


@attrs.frozen
class QueuedOrg:
    """
    A message received from the queue: an org that changed.

    Attributes:
        id: The message's id.
        receipt: Acknowledges this delivery of the message.
    """

    id: str
    org: OrgId
    receipt: str = attrs.field(repr=False)


class OrgQueue(Protocol):
    """
    Carries ids of orgs without their state; consumers read the newest state from the database.

    - Messages are delivered at least once, in any order, until they are acknowledged.
    - A message that is delivered too often without acknowledgement goes to a dead-letter queue.
    """

    @abstractmethod
    async def send(
        self, orgs: Sequence[OrgId], traces: Mapping[OrgId, str] | None = None
    ) -> Sequence[OrgId]:
        """
        Sends messages; returns those of *orgs* that the queue accepted. Send the rest again.

        Args:
            traces: Traces to go on with, as traceparents.

        Raises:
            Unavailable: The queue does not answer; it may have accepted some.
        """

    @abstractmethod
    async def receive(self, limit: int, *, wait: float = 0) -> Sequence[QueuedOrg]:
        """At most *limit* messages; waits up to *wait* seconds for the first."""

    @abstractmethod
    async def acknowledge(self, messages: Sequence[QueuedOrg]) -> None:
        """
        Deletes messages that were processed.

        Raises:
            Unavailable: The queue does not answer; the messages will be delivered again.
        """
