"""Waiting until a change holds at the gateways."""

import asyncio

import pytest

from tests.contract.accounts import api_key
from tests.contract.values import NOW, ORG
from tests.servers.away import Away

from adapters.memory.accounts import MemoryAccounts
from adapters.memory.clock import ManualClock
from adapters.memory.keystore import MemoryKeystore
from adapters.memory.samples import MemorySamples
from aldea_core.domain.access.orgs import Org
from aldea_core.ports.keystore import Unreadable
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


async def test_change_in_one_process_holds_at_once(accounts, keystore, sync):
    """
    The key is cached when the response is sent.
    """
    await accounts.add_key(api_key())

    assert await Effect(accounts, accounts, ManualClock(NOW), keystore, sync, MemorySamples())(ORG)
    assert await keystore.caller(api_key().hash) is not None


async def test_response_waits_for_the_changed_version(accounts, keystore, sync):
    """
    An older version is not enough.
    """
    await sync(ORG)
    await accounts.add_key(api_key())
    waiting = asyncio.create_task(
        Effect(accounts, accounts, ManualClock(NOW), keystore, None, MemorySamples(), seconds=60)(
            ORG
        )
    )
    for _ in range(20):
        await asyncio.sleep(0)
    assert not waiting.done()
    await sync(ORG)

    assert await waiting


async def test_response_says_that_a_change_is_pending(accounts, keystore):
    """
    If db-sync or the gateways' store is away.
    """
    assert not await Effect(
        accounts, accounts, ManualClock(NOW), keystore, None, MemorySamples(), seconds=0.01
    )(ORG)
    away = Away(keystore)
    away.is_away = True
    assert not await Effect(
        accounts, accounts, ManualClock(NOW), away, None, MemorySamples(), seconds=60
    )(ORG)


@pytest.mark.parametrize("found", [{}, {api_key().hash: Unreadable()}], ids=["no", "damaged"])
async def test_new_key_must_be_in_the_store(accounts, found):
    """
    The org's version alone is not enough: a gateway finds the org by the key.
    """

    class Late(MemoryKeystore):
        async def keys(self, hashes):
            return found

    late = Late()
    await accounts.add_key(api_key())
    await SyncOrg(accounts, late, ManualClock(NOW))(ORG)
    effect = Effect(accounts, accounts, ManualClock(NOW), late, None, MemorySamples(), seconds=0.01)

    assert not await effect(ORG)
