"""The backend's container can make everything it names."""

import pytest

from adapters.memory.queue import MemoryOrgQueue
from adapters.sqs.queue import SqsOrgQueue
from entrypoints.back_office import BackOffice
from entrypoints.settings import Settings


QUEUE = "https://sqs.us-west-2.amazonaws.com/123456789012/dev-ws-proxy-org-sync"


@pytest.mark.parametrize(
    ("settings", "kind"),
    [(Settings(), MemoryOrgQueue), (Settings(org_sync_queue_url=QUEUE), SqsOrgQueue)],
)
def test_queue_is_chosen_by_settings(settings, kind):
    """
    SQS if it is set, else in memory.
    """
    container = BackOffice(settings=settings)

    assert isinstance(container.org_queue(), kind)
    assert container.org_queue() is container.org_queue()
