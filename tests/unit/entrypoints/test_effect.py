"""Waiting until a change holds at the gateways."""

import asyncio

import pytest

from tests.contract.accounts import api_key
from tests.contract.values import NOW, ORG
from tests.servers.away import Away

from adapters.memory.accounts import MemoryAccounts
from adapters.memory.clock import ManualClock
from adapters.memory.keystore import MemoryKeystore
from aldea_core.domain.access.orgs import Org
from aldea_core.use_cases.sync.sync_orgs import SyncOrg
from entrypoints.backend.pipeline.effect import Effect


@pytest.fixture
async def accounts():
    accounts = MemoryAccounts()
    await accounts.add_org(Org(ORG, "Acme", NOW))
    return accounts


@pytest.fixture
def keystore():
    return MemoryKeystore()


@pytest.fixture
def sync(accounts, keystore):
    return SyncOrg(accounts, keystore, ManualClock(NOW))


async def test_what_is_in_this_process_is_told_at_once(accounts, keystore, sync):
    """
    The key is known when the answer goes out.
    """
    await accounts.add_key(api_key())

    assert await Effect(accounts, accounts, ManualClock(NOW), keystore, sync)(ORG)
    assert await keystore.caller(api_key().hash) is not None


async def test_elsewhere_it_is_waited_for(accounts, keystore, sync):
    """
    Until the version that was changed is there, and an older one is not enough.
    """
    await sync(ORG)
    await accounts.add_key(api_key())
    waiting = asyncio.create_task(
        Effect(accounts, accounts, ManualClock(NOW), keystore, None, seconds=60)(ORG)
    )
    for _ in range(20):
        await asyncio.sleep(0)
    assert not waiting.done()
    await sync(ORG)

    assert await waiting


async def test_it_is_said_that_it_does_not_hold_yet(accounts, keystore):
    """
    When nobody copies it, or the gateways' store is away.
    """
    assert not await Effect(accounts, accounts, ManualClock(NOW), keystore, None, seconds=0.01)(ORG)
    away = Away(keystore)
    away.is_away = True
    assert not await Effect(accounts, accounts, ManualClock(NOW), away, None, seconds=60)(ORG)


async def test_a_key_must_be_found(accounts, keystore, sync):
    """
    It is not enough that the org's version is there: a gateway finds the org by the key.
    """

    class Late(MemoryKeystore):
        async def keys(self, hashes):
            return {}

    late = Late()
    await accounts.add_key(api_key())
    await SyncOrg(accounts, late, ManualClock(NOW))(ORG)
    effect = Effect(accounts, accounts, ManualClock(NOW), late, None, seconds=0.01)

    assert not await effect(ORG)
