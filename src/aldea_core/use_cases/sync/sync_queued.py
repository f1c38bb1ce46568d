"""Copy the orgs named by an in-process queue, in deployments without the org-sync Lambda."""

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
        The number of messages processed, after waiting up to *wait* seconds for the first.

        Raises:
            Unavailable: A store does not answer; orgs that were not copied are queued again.
        """
        messages = await self.queue.receive(_BATCH, wait=wait)
        left = dict.fromkeys(message.org for message in messages)
        try:
            for org in list(left):
                await self.sync_org(org)
                del left[org]
        finally:
            # Sent again, because the in-process queue does not redeliver messages.
            await self.queue.send(list(left))
            await self.queue.acknowledge(messages)
        return len(messages)
