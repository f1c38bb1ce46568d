"""Who is let in, and for how long what was known is believed."""

from datetime import timedelta

import pytest

from tests.contract.values import ORG, OTHER_ORG, snapshot
from tests.servers.away import Away

from adapters.memory.clock import ManualClock
from adapters.memory.grants import MemoryGrants
from adapters.memory.keystore import MemoryKeystore
from adapters.memory.randomness import SeededRandomness
from aldea_core.domain.access.keys import KeySecret, KnownKey
from aldea_core.domain.access.limits import OrgStatus
from aldea_core.domain.errors import Unavailable
from aldea_core.domain.ids import KeyId, OrgId
from aldea_core.use_cases.access import authenticate
from aldea_core.use_cases.access.authenticate import Authenticate
from aldea_core.use_cases.access.trust_gateway import TrustGateway


SECRET = KeySecret.mint(bytes(24))
KEY = KnownKey(SECRET.hash, KeyId("key"), ORG)


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def mirror():
    return MemoryKeystore()


@pytest.fixture
def store(mirror):
    return Away(mirror)


@pytest.fixture
def grants():
    return MemoryGrants(SeededRandomness())


@pytest.fixture
def who(store, grants, clock):
    return Authenticate(store, grants, clock)


async def test_a_known_key(who, mirror):
    """
    Is its org's, with how the org stands.
    """
    put = snapshot(1, KEY, status=OrgStatus.SUSPENDED)
    await mirror.put(put)

    caller = await who(SECRET.reveal())

    assert (caller.key, caller.entitlements, caller.org) == (KEY, put.entitlements, ORG)


async def test_what_cannot_be_a_key_is_refused_without_asking(who, store):
    """
    Junk costs no lookup.
    """
    for junk in (None, "", "org_junk", SECRET.reveal()[:-1] + "?", "x" * 10_000):
        assert await who(junk) is None

    assert store.calls == 0


async def test_an_unknown_key_opens_nothing(who):
    """
    However well it is made.
    """
    assert await who(SECRET.reveal()) is None


async def test_a_key_without_an_org_opens_nothing(who, mirror):
    """
    The mirror may hold part of an org for a moment.
    """
    await mirror.put(snapshot(1, KEY))
    mirror._orgs.clear()

    assert await who(SECRET.reveal()) is None


async def test_a_key_is_asked_for_once_while_it_is_fresh(who, mirror, store, clock):
    """
    And again after that: so long a revoked key may still be used.
    """
    await mirror.put(snapshot(1, KEY))
    await who(SECRET.reveal())
    asked = store.calls
    clock.advance(authenticate.FRESH_SECONDS)
    await mirror.put(snapshot(2))

    assert await who(SECRET.reveal()) is not None
    assert store.calls == asked
    clock.advance(0.01)
    assert await who(SECRET.reveal()) is None


async def test_what_is_checked_anyway_is_recalled(who, mirror, store, clock):
    """
    For longer, but no longer than that, and not if the org was heard to have changed.
    """
    await mirror.put(snapshot(1, KEY))
    await who(SECRET.reveal())
    asked = store.calls
    clock.advance(authenticate.REMEMBERED_SECONDS)

    assert await who(SECRET.reveal(), is_checked=True) is not None
    assert store.calls == asked
    clock.advance(0.01)
    assert await who(SECRET.reveal(), is_checked=True) is not None
    assert store.calls == asked + 1
    clock.advance(0.01)
    who.invalidate(ORG)
    await who(SECRET.reveal(), is_checked=True)
    assert store.calls == asked + 2


async def test_a_changed_org_is_asked_for_again(who, mirror, store, clock):
    """
    At once, when it is heard that it changed; once, and only that org.
    """
    other = KeySecret.mint(b"o" * 24)
    await mirror.put(snapshot(1, KEY))
    await mirror.put(
        snapshot(1, KnownKey(other.hash, KeyId("key"), OTHER_ORG), org=OTHER_ORG),
    )
    await who(SECRET.reveal())
    await who(other.reveal())
    clock.advance(0.5)
    who.invalidate(ORG)
    asked = store.calls
    clock.advance(0.5)

    assert await who(other.reveal()) is not None
    assert store.calls == asked
    await who(SECRET.reveal())
    assert store.calls == asked + 1
    await who(SECRET.reveal())
    assert store.calls == asked + 1
    await mirror.put(snapshot(2))
    who.invalidate(ORG)
    assert await who(SECRET.reveal()) is None


async def test_what_was_under_way_when_it_changed(who, mirror, store, clock):
    """
    Is not believed afterwards: it may have been read before the change.
    """
    await mirror.put(snapshot(1, KEY))

    class Late:
        async def caller(self, key_hash):
            found = await mirror.caller(key_hash)
            clock.advance(0.01)
            await mirror.put(snapshot(2))
            who.invalidate(ORG)
            clock.advance(0.01)
            return found

    store._store = Late()
    assert await who(SECRET.reveal()) is not None
    store._store = mirror

    assert await who(SECRET.reveal()) is None


async def test_changes_of_long_ago_are_forgotten(who, clock):
    """
    What was known then is not recalled anyway.
    """
    for n in range(100):
        who.invalidate(OrgId(f"org-{n}"))
        clock.advance(1)

    assert len(who._changed) <= authenticate.REMEMBERED_SECONDS + 1


async def test_an_expired_key_opens_nothing(who, mirror, clock):
    """
    Even while what is known of it is fresh.
    """
    ends = clock.now() + timedelta(seconds=1)
    await mirror.put(snapshot(1, KnownKey(SECRET.hash, KeyId("key"), ORG, expires=ends)))
    assert await who(SECRET.reveal()) is not None
    clock.advance(1)

    assert await who(SECRET.reveal()) is None


async def test_while_the_keystore_is_away(who, mirror, store, clock):
    """
    Keys seen in the last ten minutes are let in, others cannot be told.
    """
    await mirror.put(snapshot(1, KEY))
    await who(SECRET.reveal())
    store.is_away = True

    clock.advance(authenticate.STALE_SECONDS)
    assert await who(SECRET.reveal()) is not None
    with pytest.raises(Unavailable):
        await who(KeySecret.mint(b"x" * 24).reveal())
    clock.advance(1)
    with pytest.raises(Unavailable):
        await who(SECRET.reveal())


async def test_guessing_does_not_push_out_who_is_known(who, mirror, store):
    """
    Unknown keys are not remembered, and memory is bounded.
    """
    await mirror.put(snapshot(1, KEY))
    await who(SECRET.reveal())
    for n in range(50):
        await who(KeySecret.mint(n.to_bytes(24)).reveal())

    assert len(who._known) == 1


async def test_the_longest_unseen_is_forgotten(who, mirror, monkeypatch):
    """
    When more are known than are remembered.
    """
    monkeypatch.setattr(authenticate, "_REMEMBERED", 2)
    secrets = [KeySecret.mint(n.to_bytes(24)) for n in range(3)]
    keys = [KnownKey(secret.hash, KeyId("key"), ORG) for secret in secrets]
    await mirror.put(snapshot(1, *keys))
    for secret in secrets:
        await who(secret.reveal())

    assert list(who._known) == [secret.hash for secret in secrets[1:]]


async def test_a_token(who, mirror, grants, clock):
    """
    Opens what its key opens when it is redeemed: nothing, once the key is gone.
    """
    await mirror.put(snapshot(1, KEY))
    token = grants.issue(KEY.hash, at=clock.now(), ttl=timedelta(seconds=60))

    assert (await who(token)).key == KEY
    clock.advance(10)
    await mirror.put(snapshot(2))
    assert await who(token) is None


async def test_an_engine_trusts_its_gateway():
    """
    Who has the token; without one, everybody.
    """
    guarded, open_ = TrustGateway("secret-token"), TrustGateway("")

    assert await guarded("secret-token") is not None
    for wrong in (None, "", "secret", "sécret"):
        assert await guarded(wrong) is None
        assert await open_(wrong) is not None
    assert "secret-token" not in repr(guarded)
