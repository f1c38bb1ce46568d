"""An org keeps its keys that ended, and what it does with the others reads none of them."""

from datetime import timedelta
from typing import Any

import attrs
import pytest

from tests.contract.accounts import api_key
from tests.contract.values import NOW, ORG

from adapters.memory.accounts import MemoryAccounts
from adapters.memory.clock import ManualClock
from adapters.memory.leases import MemoryLeases
from adapters.memory.randomness import SeededRandomness
from adapters.memory.transaction import MemoryTransaction
from aldea_core.domain.access.keys import KeyDraft
from aldea_core.domain.access.orgs import Org
from aldea_core.domain.ids import KeyId
from aldea_core.domain.pages import Page
from aldea_core.use_cases.access.change_key import ChangeKey
from aldea_core.use_cases.access.create_key import CreateKey
from aldea_core.use_cases.access.end_key import RevokeKey, RotateKey
from aldea_core.use_cases.access.find_token_key import FindTokenKey
from aldea_core.use_cases.access.show_keys import ShowKeys


_ENDED = 300


class CountedAccounts:
    """Counts the keys that are read."""

    def __init__(self, accounts: MemoryAccounts) -> None:
        self._accounts = accounts
        self.read = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._accounts, name)

    async def keys(self, *which: Any, **more: Any) -> Any:
        found = await self._accounts.keys(*which, **more)
        self.read += len(found)
        return found


@pytest.fixture
async def accounts():
    kept = MemoryAccounts()
    await kept.add_org(Org(ORG, "Acme", NOW))
    await kept.add_key(api_key("works"))
    for number in range(_ENDED):
        ended = api_key(f"ended {number}", revoked=NOW)
        await kept.add_key(attrs.evolve(ended, created=NOW - timedelta(days=1)))
    return CountedAccounts(kept)


async def test_nothing_reads_keys_that_ended(accounts):
    """
    What makes, changes or ends a key reads few that work, and a list what is on its page.
    """
    clock, key = ManualClock(NOW), KeyId("id-works")
    create = CreateKey(accounts, SeededRandomness(), clock)
    show = ShowKeys(accounts, MemoryLeases(), clock)
    await create(ORG, KeyDraft("another"))
    await ChangeKey(accounts, clock)(ORG, key, {"name": "new name"})
    await RotateKey(accounts, create, clock)(ORG, key, overlap=timedelta(hours=1))
    await RevokeKey(accounts, clock)(ORG, key)
    await FindTokenKey(accounts, create, MemoryTransaction([]), clock)(ORG)
    await show.one(ORG, key)
    assert accounts.read < _ENDED / 10

    accounts.read = 0
    assert len(await show(ORG, page=Page(10))) == 10
    assert accounts.read == 10
