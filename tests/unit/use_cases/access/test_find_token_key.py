"""The key behind the listening tokens of people."""

import asyncio

import attrs
import pytest

from adapters.memory.accounts import MemoryAccounts
from adapters.memory.clock import ManualClock
from adapters.memory.randomness import SeededRandomness
from adapters.memory.transaction import MemoryTransaction
from aldea_core.domain.access.keys import LISTEN, KeyDraft
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import OrgId
from aldea_core.use_cases.access.create_key import CreateKey
from aldea_core.use_cases.access.create_org import CreateOrg
from aldea_core.use_cases.access.end_key import RevokeKey
from aldea_core.use_cases.access.find_token_key import FindTokenKey


class World:
    def __init__(self) -> None:
        self.accounts, self.clock = MemoryAccounts(), ManualClock()
        randomness = SeededRandomness()
        self.create_org = CreateOrg(self.accounts, randomness, self.clock)
        self.create_key = CreateKey(self.accounts, randomness, self.clock)
        self.transaction = MemoryTransaction([self.accounts])
        self.find = FindTokenKey(self.accounts, self.create_key, self.transaction, self.clock)


@pytest.fixture
def world():
    return World()


async def test_one_key_is_behind_all_tokens_of_an_org(world):
    """
    It may listen and nothing else; keys that people made are left alone.
    """
    org = await world.create_org("Acme")
    await world.create_key(org.id, KeyDraft("Tokens of people", scopes=frozenset({LISTEN})))

    made, is_new = await world.find(org.id)
    again, is_new_again = await world.find(org.id)

    assert (is_new, is_new_again) == (True, False)
    assert again == made
    assert (made.for_tokens, made.scopes) == (True, {LISTEN})
    assert len(await world.accounts.keys(org.id)) == 2


async def test_callers_at_once_get_one_key(world):
    """
    Both see that there is none, and wait for their turn to make it.
    """
    org = await world.create_org("Acme")
    is_busy, may_go = asyncio.Event(), asyncio.Event()

    async def be_busy():
        async with world.transaction.about(org.id):
            is_busy.set()
            await may_go.wait()

    async with asyncio.TaskGroup() as group:
        group.create_task(be_busy())
        await is_busy.wait()
        calls = [group.create_task(world.find(org.id)) for _ in range(2)]
        await asyncio.sleep(0)
        may_go.set()

    (one, is_new), (other, is_other_new) = [call.result() for call in calls]
    assert one == other
    assert {is_new, is_other_new} == {True, False}


async def test_revoked_key_is_replaced(world):
    """
    Also one whose revocation is still to come: its tokens are to end with it.
    """
    org = await world.create_org("Acme")
    first, _ = await world.find(org.id)
    await RevokeKey(world.accounts, world.clock)(org.id, first.id)

    second, is_new = await world.find(org.id)
    assert is_new
    assert second.id != first.id

    await world.accounts.end_key(org.id, second.id, at=world.clock.now().replace(year=2999))
    assert (await world.find(org.id))[0].id not in {first.id, second.id}


async def test_expired_key_is_replaced(world):
    org = await world.create_org("Acme")
    first, _ = await world.find(org.id)
    expires = world.clock.now().replace(year=2999)
    await world.accounts.change_key(attrs.evolve(first, expires=expires))
    assert (await world.find(org.id))[0].id == first.id
    world.clock.at = expires

    assert (await world.find(org.id))[0].id != first.id


async def test_unknown_org_has_none(world):
    with pytest.raises(NotFound):
        await world.find(OrgId("unknown"))
