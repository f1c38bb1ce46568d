"""Copying the orgs that an in-process queue names."""

import pytest

from tests.contract.accounts import ACME
from tests.contract.values import NOW, ORG
from tests.servers.away import Away

from adapters.memory.accounts import MemoryAccounts
from adapters.memory.clock import ManualClock
from adapters.memory.keystore import MemoryKeystore
from adapters.memory.queue import MemoryOrgQueue
from aldea_core.domain.errors import Unavailable
from aldea_core.use_cases.sync.sync_orgs import SyncOrg
from aldea_core.use_cases.sync.sync_queued import SyncQueued


async def test_orgs_are_copied_after_an_outage():
    """
    An org named twice is copied once, and none is lost.
    """
    accounts, keystore, queue = MemoryAccounts(), MemoryKeystore(), MemoryOrgQueue()
    mirror = Away(keystore)
    await accounts.add_org(ACME)
    sync = SyncQueued(queue, SyncOrg(accounts, mirror, ManualClock(NOW)))
    await queue.send([ORG, ORG])

    mirror.is_away = True
    with pytest.raises(Unavailable):
        await sync()
    mirror.is_away = False

    assert await sync() == 1
    assert await sync() == 0
    assert ORG in await keystore.entitlements_of_orgs([ORG])
