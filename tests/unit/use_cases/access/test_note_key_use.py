"""Uses of keys that leave no usage record reach the accounts."""

import pytest

from tests.contract.accounts import api_key
from tests.contract.values import NOW, ORG, after
from tests.servers.away import Away

from adapters.memory.accounts import MemoryAccounts
from adapters.memory.clock import ManualClock
from adapters.memory.key_uses import MemoryKeyUses
from aldea_core.domain.access.orgs import Org
from aldea_core.domain.errors import Unavailable
from aldea_core.domain.ids import KeyId
from aldea_core.ports.key_uses import LAST_USED_STEP
from aldea_core.use_cases.access import note_key_use
from aldea_core.use_cases.access.note_key_use import NoteKeyUse, RecordKeyUses


KEY = api_key("key").id


@pytest.fixture
def store():
    return Away(MemoryKeyUses())


@pytest.fixture
def clock():
    return ManualClock(at=NOW)


@pytest.fixture
def note(store, clock):
    return NoteKeyUse(store, clock)


@pytest.fixture
async def accounts():
    accounts = MemoryAccounts()
    await accounts.add_org(Org(ORG, "Acme", NOW))
    await accounts.add_key(api_key("key"))
    return accounts


async def last_used(accounts):
    (key,) = await accounts.keys(ORG)
    return key.last_used


async def test_use_reaches_the_accounts(store, note, accounts):
    await note(KEY)

    assert await RecordKeyUses(store, accounts)() == 1
    assert await last_used(accounts) == NOW
    assert await RecordKeyUses(store, accounts)() == 0


async def test_frequent_uses_are_noted_once(store, note, clock):
    for _ in range(5):
        await note(KEY)
    assert store.calls == 1

    clock.advance(LAST_USED_STEP.total_seconds())
    await note(KEY)
    assert store.calls == 2


async def test_use_is_no_error_while_the_store_is_away(store, note, clock):
    store.is_away = True
    await note(KEY)
    store.is_away = False
    assert await store.noted(9) == {}

    clock.advance(60)
    await note(KEY)
    assert await store.noted(9) == {KEY: after(60)}


async def test_uses_are_kept_while_the_accounts_are_away(store, note, accounts):
    away = Away(accounts)
    away.is_away = True
    await note(KEY)

    with pytest.raises(Unavailable):
        await RecordKeyUses(store, away)()
    assert await store.noted(9) == {KEY: NOW}


async def test_memory_of_keys_is_bounded(store, note, monkeypatch):
    monkeypatch.setattr(note_key_use, "_MOST_KNOWN", 2)
    for name in ("a", "b", "c", "a"):
        await note(KeyId(name))

    assert store.calls == 4  # the oldest was forgotten, and is noted again
