"""How the road from the database to the gateways' copy is made."""

from adapters.memory.queue import MemoryOrgQueue
from adapters.sqs.client import Client
from adapters.sqs.queue import SqsOrgQueue
from aldea_core.ports.queue import OrgQueue
from entrypoints.settings import Settings


def org_queue(*, settings: Settings) -> OrgQueue:
    if not settings.org_sync_queue_url:
        return MemoryOrgQueue()
    return SqsOrgQueue(Client(settings.org_sync_queue_url))
