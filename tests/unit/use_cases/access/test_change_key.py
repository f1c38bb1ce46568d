"""Changing keys."""

from datetime import timedelta

import attrs
import pytest

from adapters.memory.accounts import MemoryAccounts
from adapters.memory.clock import ManualClock
from adapters.memory.randomness import SeededRandomness
from aldea_core.domain.access.key_limits import KeyLimits
from aldea_core.domain.access.keys import KeyDraft
from aldea_core.domain.errors import BadRequest, Conflict, NotAllowed, NotFound
from aldea_core.domain.ids import KeyId
from aldea_core.use_cases.access.change_key import ChangeKey
from aldea_core.use_cases.access.create_key import CreateKey
from aldea_core.use_cases.access.create_org import CreateOrg


class World:
    def __init__(self) -> None:
        self.accounts, self.clock = MemoryAccounts(), ManualClock()
        randomness = SeededRandomness()
        self.create_org = CreateOrg(self.accounts, randomness, self.clock)
        self.create = CreateKey(self.accounts, randomness, self.clock)
        self.change = ChangeKey(self.accounts, self.clock)


@pytest.fixture
def world():
    return World()


@pytest.fixture
async def key(world):
    org = await world.create_org("Acme")
    made, _ = await world.create(org.id, KeyDraft("laptop", tags=("a",), limits=KeyLimits(5)))
    return made


async def test_what_is_not_named_stays(world, key):
    changes = {"name": "  kiosk ", "models": ("small",), "limits": KeyLimits(quota_ms=0)}
    before, after = await world.change(key.org, key.id, changes)

    assert before == key
    assert after == attrs.evolve(key, name="kiosk", models=("small",), limits=KeyLimits(quota_ms=0))
    assert await world.accounts.keys(key.org) == [after]


async def test_values_can_be_taken_away(world, key):
    expires = world.clock.now() + timedelta(days=1)
    await world.change(key.org, key.id, {"expires": expires})
    _, after = await world.change(key.org, key.id, {"expires": None, "tags": ()})

    assert (after.expires, after.tags) == (None, ())


async def test_change_to_the_same_values_reaches_no_gateway(world, key):
    version = (await world.accounts.org(key.org)).version
    before, after = await world.change(key.org, key.id, {"name": "laptop", "tags": ("a",)})

    assert before == after
    assert (await world.accounts.org(key.org)).version == version


@pytest.mark.parametrize("seconds", [0, -1])
async def test_expiry_must_be_in_the_future(world, key, seconds):
    expires = world.clock.now() + timedelta(seconds=seconds)
    with pytest.raises(BadRequest, match="future") as refused:
        await world.change(key.org, key.id, {"expires": expires})
    assert refused.value.field == "expires_at"


async def test_empty_name_is_refused(world, key):
    with pytest.raises(BadRequest, match="1 to 200"):
        await world.change(key.org, key.id, {"name": "  "})
    assert await world.accounts.keys(key.org) == [key]


async def test_revoked_key_cannot_be_changed(world, key):
    """
    One that is being rotated can, until it ends.
    """
    now = world.clock.now()
    await world.accounts.end_key(key.org, key.id, at=now + timedelta(hours=1))
    await world.change(key.org, key.id, {"name": "old"})
    world.clock.advance(3600)

    with pytest.raises(Conflict, match="revoked"):
        await world.change(key.org, key.id, {"name": "older"})
    with pytest.raises(NotFound, match="no such key"):
        await world.change(key.org, KeyId("unknown"), {"name": "x"})


async def test_key_changes_no_key_that_may_do_more(world, key):
    """
    And none at all if it has limits: it could raise its own.
    """
    small, _ = await world.create(key.org, KeyDraft("small", scopes=frozenset({"keys:write"})))
    with pytest.raises(NotAllowed, match="may do more"):
        await world.change(key.org, key.id, {"limits": KeyLimits()}, by=small)
    limited, _ = await world.create(
        key.org, KeyDraft("limited", scopes=frozenset({"admin"}), limits=KeyLimits(1))
    )
    with pytest.raises(NotAllowed, match="limits or models"):
        await world.change(key.org, limited.id, {"limits": KeyLimits()}, by=limited)
    assert key in await world.accounts.keys(key.org)
