"""Play org-sync where there is none: copy the orgs that a queue in this process names."""

import attrs

from aldea_core.ports.queue import OrgQueue
from aldea_core.use_cases.sync.sync_orgs import SyncOrg


_BATCH = 100


@attrs.frozen
class SyncQueued:
    queue: OrgQueue
    sync_org: SyncOrg

    async def __call__(self, *, wait: float = 0) -> int:
        """
        How many messages were dealt with, after waiting up to *wait* seconds for the first.

        Raises:
            Unavailable: A store does not answer; what was not copied is queued again.
        """
        messages = await self.queue.receive(_BATCH, wait=wait)
        left = dict.fromkeys(message.org for message in messages)
        try:
            for org in list(left):
                await self.sync_org(org)
                del left[org]
        finally:
            # Anew, since nobody would deliver them again in this process.
            await self.queue.send(list(left))
            await self.queue.acknowledge(messages)
        return len(messages)
