"""Creating keys."""

from datetime import timedelta

import pytest

from adapters.memory.accounts import MemoryAccounts
from adapters.memory.clock import ManualClock
from adapters.memory.randomness import SeededRandomness
from aldea_core.domain.errors import BadRequest, Conflict, NotAllowed
from aldea_core.use_cases.access.create_key import MOST_KEYS, CreateKey
from aldea_core.use_cases.access.create_org import CreateOrg


async def test_expiry_in_the_past_is_refused():
    accounts, randomness, clock = MemoryAccounts(), SeededRandomness(), ManualClock()
    org = await CreateOrg(accounts, randomness, clock)("Acme")
    create = CreateKey(accounts, randomness, clock)

    with pytest.raises(BadRequest, match="future"):
        await create(org.id, "old", expires=clock.now() - timedelta(seconds=1))


async def test_key_makes_no_key_that_may_do_more():
    accounts, randomness, clock = MemoryAccounts(), SeededRandomness(), ManualClock()
    org = await CreateOrg(accounts, randomness, clock)("Acme")
    create = CreateKey(accounts, randomness, clock)

    with pytest.raises(NotAllowed):
        await create(org.id, "more", scopes=frozenset({"owner"}), by=["usage:write"])
    assert not await accounts.keys(org.id)


async def test_keys_of_an_org_are_bounded():
    accounts, randomness, clock = MemoryAccounts(), SeededRandomness(), ManualClock()
    org = await CreateOrg(accounts, randomness, clock)("Acme")
    create = CreateKey(accounts, randomness, clock)
    for n in range(MOST_KEYS):
        await create(org.id, f"key {n}")

    with pytest.raises(Conflict, match="revoke"):
        await create(org.id, "one more")
