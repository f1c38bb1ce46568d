"""The queue between the database and the gateways' copy: which orgs are to be copied again."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

import attrs

from aldea_core.domain.ids import OrgId


@attrs.frozen
class QueuedOrg:
    """
    An org that changed, as it was taken from the queue.

    Attributes:
        id: The message, for telling messages apart.
        receipt: What acknowledges this delivery of it.
    """

    id: str
    org: OrgId
    receipt: str = attrs.field(repr=False)


class OrgQueue(Protocol):
    """
    Carries names of orgs, not what they are: whoever receives one asks for its newest state.

    - A message is delivered at least once, in any order, until it is acknowledged.
    - One that is delivered too often unacknowledged is put aside, and harms no other.
    """

    @abstractmethod
    async def send(self, orgs: Sequence[OrgId]) -> Sequence[OrgId]:
        """
        Those of *orgs* that the queue took; the rest must be sent again.

        Raises:
            Unavailable: The queue does not answer; it may have taken some.
        """
        ...

    @abstractmethod
    async def receive(self, limit: int, *, wait: float = 0) -> Sequence[QueuedOrg]:
        """
        At most *limit* messages, waiting up to *wait* seconds for the first.

        Raises:
            Unavailable: The queue does not answer.
        """
        ...

    @abstractmethod
    async def acknowledge(self, messages: Sequence[QueuedOrg]) -> None:
        """
        Forgets messages that were dealt with.

        Raises:
            Unavailable: The queue does not answer; they come again.
        """
        ...
