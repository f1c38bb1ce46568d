"""Relaying the outbox to the queue."""

import pytest

from tests.contract.accounts import ACME, OTHER
from tests.contract.values import ORG, OTHER_ORG

from adapters.memory.accounts import MemoryAccounts
from adapters.memory.queue import MemoryOrgQueue
from aldea_core.domain.errors import Unavailable
from aldea_core.use_cases.sync.relay_changes import RelayChanges


class Choosy:
    """A queue that takes what it likes."""

    def __init__(self, *liked) -> None:
        self.liked = liked

    async def send(self, orgs, _traces=None):
        return [org for org in orgs if org in self.liked]


@pytest.fixture
async def accounts():
    accounts = MemoryAccounts()
    await accounts.add_org(ACME)
    await accounts.add_org(OTHER)
    return accounts


async def test_every_changed_org_is_sent(accounts):
    """
    The outbox is empty afterwards.
    """
    queue = MemoryOrgQueue()
    relay = RelayChanges(accounts.changes, queue)

    assert await relay() == 2
    assert [message.org for message in await queue.receive(10)] == [ORG, OTHER_ORG]
    assert await relay() == 0


async def test_unsent_changes_stay_in_the_outbox(accounts):
    assert await RelayChanges(accounts.changes, Choosy(OTHER_ORG))() == 1
    assert await accounts.changes.waiting() == 1


async def test_queue_that_accepts_nothing_is_unavailable(accounts):
    with pytest.raises(Unavailable):
        await RelayChanges(accounts.changes, Choosy())()

    assert await accounts.changes.waiting() == 2
