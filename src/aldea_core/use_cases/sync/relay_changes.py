"""Relay changes from the outbox to the queue."""

import attrs

from aldea_core.domain.errors import Unavailable
from aldea_core.ports.changes import OrgChanges
from aldea_core.ports.queue import OrgQueue


# A hundred changes can be sent before the claim times out, even if the queue is slow.
_BATCH = 100


@attrs.frozen
class RelayChanges:
    """
    Sends changes, then acknowledges those that the queue accepted. A crash in between sends them
    twice.
    """

    changes: OrgChanges
    queue: OrgQueue

    async def __call__(self) -> int:
        """
        The number of orgs sent; 0 if no unclaimed change is waiting.

        Raises:
            Unavailable: The outbox or the queue does not answer, or the queue accepts nothing; no
                change is lost.
        """
        async with self.changes.claim(_BATCH) as batch:
            if batch.orgs:
                taken = await self.queue.send(batch.orgs, batch.traces)
                if not taken:
                    raise Unavailable("queue", why="it accepts no message")
                batch.acknowledge(taken)
        return len(batch.acknowledged)
