"""Hand changes from the outbox to the queue."""

import attrs

from aldea_core.domain.errors import Unavailable
from aldea_core.ports.changes import OrgChanges
from aldea_core.ports.queue import OrgQueue


# A hundred fit into the time for which a batch may be held, however slow the queue is.
_BATCH = 100


@attrs.frozen
class RelayChanges:
    """Sends first and forgets then, and only what the queue took: dying in between sends twice."""

    changes: OrgChanges
    queue: OrgQueue

    async def __call__(self) -> int:
        """
        How many orgs were told; 0 if nothing waits that nobody has in hand.

        Raises:
            Unavailable: The outbox or the queue does not answer, or the queue takes nothing; no
                change is lost.
        """
        async with self.changes.claim(_BATCH) as batch:
            if batch.orgs:
                taken = await self.queue.send(batch.orgs)
                if not taken:
                    raise Unavailable("queue", why="it takes nothing")
                batch.acknowledge(taken)
        return len(batch.acknowledged)
