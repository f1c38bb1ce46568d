"""Creating keys."""

from datetime import timedelta

import pytest

from adapters.memory.accounts import MemoryAccounts
from adapters.memory.clock import ManualClock
from adapters.memory.randomness import SeededRandomness
from aldea_core.domain.access.key_limits import KeyLimits
from aldea_core.domain.access.keys import KeyDraft
from aldea_core.domain.errors import BadRequest, Conflict, NotAllowed
from aldea_core.domain.transcripts.models import OfferedModels
from aldea_core.use_cases.access.change_key import ChangeKey
from aldea_core.use_cases.access.create_key import MOST_KEYS, CreateKey
from aldea_core.use_cases.access.create_org import CreateOrg
from aldea_core.use_cases.access.end_key import RotateKey


async def test_expiry_in_the_past_is_refused():
    accounts, randomness, clock = MemoryAccounts(), SeededRandomness(), ManualClock()
    org = await CreateOrg(accounts, randomness, clock)("Acme")
    create = CreateKey(accounts, randomness, clock)

    with pytest.raises(BadRequest, match="future"):
        await create(org.id, KeyDraft("old", expires=clock.now() - timedelta(seconds=1)))


async def test_key_makes_no_key_that_may_do_more():
    accounts, randomness, clock = MemoryAccounts(), SeededRandomness(), ManualClock()
    org = await CreateOrg(accounts, randomness, clock)("Acme")
    create = CreateKey(accounts, randomness, clock)
    caller, _ = await create(org.id, KeyDraft("caller", scopes=frozenset({"usage:write"})))

    with pytest.raises(NotAllowed):
        await create(org.id, KeyDraft("more", scopes=frozenset({"owner"})), by=caller)
    assert await accounts.keys(org.id) == [caller]


@pytest.mark.parametrize("own", [{"limits": KeyLimits(5)}, {"models": ("small",)}])
async def test_limited_key_makes_no_keys(own):
    """
    Several keys, each within its limits, would be more than that one.
    """
    accounts, randomness, clock = MemoryAccounts(), SeededRandomness(), ManualClock()
    org = await CreateOrg(accounts, randomness, clock)("Acme")
    create = CreateKey(accounts, randomness, clock)
    caller, _ = await create(org.id, KeyDraft("caller", scopes=frozenset({"admin"}), **own))
    other, _ = await create(org.id, KeyDraft("other"))

    with pytest.raises(NotAllowed, match="limits or models"):
        await create(org.id, KeyDraft("another", **own), by=caller)
    with pytest.raises(NotAllowed, match="limits or models"):
        await RotateKey(accounts, create, clock)(org.id, other.id, overlap=timedelta(0), by=caller)
    assert len(await accounts.keys(org.id)) == 2


async def test_key_that_expires_makes_none_that_expires_later():
    """
    Nor does it change or rotate another into one: a key that is lent for a day would be one for ever.
    """
    accounts, randomness, clock = MemoryAccounts(), SeededRandomness(), ManualClock()
    org = await CreateOrg(accounts, randomness, clock)("Acme")
    create, change = CreateKey(accounts, randomness, clock), ChangeKey(accounts, clock)
    rotate = RotateKey(accounts, create, clock)
    ends = clock.now() + timedelta(days=1)
    for_ever, _ = await create(org.id, KeyDraft("for ever"))
    lent, _ = await create(org.id, KeyDraft("lent", scopes=frozenset({"admin"}), expires=ends))

    for later in (None, ends + timedelta(seconds=1)):
        with pytest.raises(NotAllowed, match="expires later"):
            await create(org.id, KeyDraft("later", expires=later), by=lent)
        with pytest.raises(NotAllowed, match="expires later"):
            await change(org.id, lent.id, {"expires": later}, by=lent)
    with pytest.raises(NotAllowed, match="expires later"):
        await rotate(org.id, for_ever.id, overlap=timedelta(0), by=lent)

    await create(org.id, KeyDraft("as long", expires=ends), by=lent)
    await change(org.id, lent.id, {"name": "still lent"}, by=lent)
    new, _ = await rotate(org.id, lent.id, overlap=timedelta(0), by=lent)
    assert new.expires == ends


async def test_rotated_key_keeps_its_limits():
    accounts, randomness, clock = MemoryAccounts(), SeededRandomness(), ManualClock()
    org = await CreateOrg(accounts, randomness, clock)("Acme")
    create = CreateKey(accounts, randomness, clock)
    own = {"limits": KeyLimits(5, 60), "models": ("small",), "tags": ("a",)}
    old, _ = await create(org.id, KeyDraft("old", **own))

    new, _ = await RotateKey(accounts, create, clock)(org.id, old.id, overlap=timedelta(0))

    assert {name: getattr(new, name) for name in own} == own


async def test_keys_of_an_org_are_bounded():
    accounts, randomness, clock = MemoryAccounts(), SeededRandomness(), ManualClock()
    org = await CreateOrg(accounts, randomness, clock)("Acme")
    create = CreateKey(accounts, randomness, clock)
    for n in range(MOST_KEYS):
        await create(org.id, KeyDraft(f"key {n}"))

    with pytest.raises(Conflict, match="revoke"):
        await create(org.id, KeyDraft("one more"))


async def test_key_of_models_that_are_not_offered_is_refused():
    """
    When it is made and when it is changed; a key keeps models that are not offered any more.
    """
    accounts, randomness, clock = MemoryAccounts(), SeededRandomness(), ManualClock()
    org = await CreateOrg(accounts, randomness, clock)("Acme")
    before = CreateKey(accounts, randomness, clock)
    old, _ = await before(org.id, KeyDraft("old", models=("small",)))
    offered = OfferedModels({"general": "g", "fast": "f"})
    create = CreateKey(accounts, randomness, clock, offered)
    change = ChangeKey(accounts, clock, offered)

    with pytest.raises(BadRequest, match="'gneral' is not offered; these are: general, fast"):
        await create(org.id, KeyDraft("typo", models=("fast", "gneral")))
    with pytest.raises(BadRequest, match="'gneral' is not offered"):
        await change(org.id, old.id, {"models": ("gneral",)})
    assert await accounts.keys(org.id) == [old]

    _, changed = await change(org.id, old.id, {"name": "older", "models": ("small", "fast")})
    assert changed.models == ("small", "fast")
    assert (await change(org.id, old.id, {"models": None}))[1].models is None
    await change(org.id, old.id, {"models": ("fast",)})
    made, _ = await create(org.id, KeyDraft("new", models=("fast", "general")))
    assert made.models == ("fast", "general")
    kept, _ = await before(org.id, KeyDraft("kept", models=("small",)))
    rotated, _ = await RotateKey(accounts, create, clock)(org.id, kept.id, overlap=timedelta(0))
    assert rotated.models == ("small",)
