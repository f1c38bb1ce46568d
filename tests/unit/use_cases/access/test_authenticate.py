"""Authentication, and how long cached entitlements are used."""

import asyncio

from datetime import timedelta

import attrs
import pytest

from tests.contract.values import ORG, OTHER_ORG, snapshot
from tests.servers.away import Away

from adapters.memory.clock import ManualClock
from adapters.memory.grants import MemoryGrants
from adapters.memory.keystore import MemoryKeystore
from adapters.memory.randomness import SeededRandomness
from aldea_core.domain.access.grants import Grant
from aldea_core.domain.access.key_limits import NO_LIMITS, TokenAudio
from aldea_core.domain.access.keys import KeySecret, KnownKey
from aldea_core.domain.access.limits import OrgStatus
from aldea_core.domain.errors import NotAllowed, Unavailable
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


async def test_valid_key_gives_its_org(who, mirror):
    """
    With the org's entitlements.
    """
    put = snapshot(1, KEY, status=OrgStatus.SUSPENDED)
    await mirror.put(put)

    caller = await who(SECRET.reveal())

    assert (caller.key, caller.entitlements, caller.org) == (KEY, put.entitlements, ORG)


async def test_malformed_key_is_refused_without_a_lookup(who, store):
    """
    Junk costs no lookup.
    """
    for junk in (None, "", "org_junk", SECRET.reveal()[:-1] + "?", "x" * 10_000):
        assert await who(junk) is None

    assert store.calls == 0


async def test_unknown_key_is_refused(who):
    """
    However well it is formed.
    """
    assert await who(SECRET.reveal()) is None


async def test_key_without_an_org_is_refused(who, mirror):
    """
    The mirror may have a part of an org for a moment.
    """
    await mirror.put(snapshot(1, KEY))
    mirror._orgs.clear()

    assert await who(SECRET.reveal()) is None


async def test_fresh_key_is_served_from_the_cache(who, mirror, store, clock):
    """
    A revoked key may be used until its cache entry expires.
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


async def test_stale_entry_serves_checked_admissions(who, mirror, store, clock):
    """
    For a bounded time, and not after an invalidation of the org.
    """
    await mirror.put(snapshot(1, KEY))
    await who(SECRET.reveal())
    asked = store.calls
    clock.advance(authenticate.REMEMBERED_SECONDS)

    assert await who(SECRET.reveal(), is_admitted_next=True) is not None
    assert store.calls == asked
    clock.advance(0.01)
    assert await who(SECRET.reveal(), is_admitted_next=True) is not None
    assert store.calls == asked + 1
    clock.advance(0.01)
    who.invalidate(ORG)
    await who(SECRET.reveal(), is_admitted_next=True)
    assert store.calls == asked + 2


async def test_invalidated_org_is_looked_up_again(who, mirror, store, clock):
    """
    At once and once; other orgs' keys stay cached.
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


async def test_lookup_that_races_with_an_invalidation_is_not_cached(who, mirror, store, clock):
    """
    It may have been read before the change.
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


async def test_lookups_at_once_find_the_same_caller(mirror, grants, clock):
    """
    The same object, so that caches keyed by its parts need not compare their fields.
    """

    class Fresh:
        async def caller(self, key_hash):
            await asyncio.sleep(0)
            found = await mirror.caller(key_hash)
            return attrs.evolve(found, entitlements=attrs.evolve(found.entitlements))

    await mirror.put(snapshot(1, KEY))
    who = Authenticate(Fresh(), grants, clock)

    first, second = await asyncio.gather(who(SECRET.reveal()), who(SECRET.reveal()))

    assert first is second


async def test_old_invalidations_are_dropped(who, clock):
    """
    Entries of that time are too old to be used.
    """
    for n in range(100):
        who.invalidate(OrgId(f"org-{n}"))
        clock.advance(1)

    assert len(who._changed) <= authenticate.REMEMBERED_SECONDS + 1


async def test_expired_key_is_refused(who, mirror, clock):
    """
    Also from a fresh cache entry.
    """
    ends = clock.now() + timedelta(seconds=1)
    await mirror.put(snapshot(1, KnownKey(SECRET.hash, KeyId("key"), ORG, expires=ends)))
    assert await who(SECRET.reveal()) is not None
    clock.advance(1)

    assert await who(SECRET.reveal()) is None


async def test_recent_keys_are_admitted_during_an_outage(who, mirror, store, clock):
    """
    Keys seen in the last ten minutes; others get an error that says why.
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


async def test_unknown_keys_do_not_evict_known_ones(who, mirror, store):
    """
    They are not cached, and memory is bounded.
    """
    await mirror.put(snapshot(1, KEY))
    await who(SECRET.reveal())
    for n in range(50):
        await who(KeySecret.mint(n.to_bytes(24)).reveal())

    assert len(who._known) == 1


async def test_least_recently_used_key_is_evicted(who, mirror, monkeypatch):
    """
    When more are known than are remembered.
    """
    monkeypatch.setattr(authenticate, "_MOST_CACHED", 2)
    secrets = [KeySecret.mint(n.to_bytes(24)) for n in range(3)]
    keys = [KnownKey(secret.hash, KeyId("key"), ORG) for secret in secrets]
    await mirror.put(snapshot(1, *keys))
    for secret in secrets:
        await who(secret.reveal())

    assert list(who._known) == [secret.hash for secret in secrets[1:]]


async def test_token_grants_what_its_key_grants(who, mirror, grants, clock):
    """
    No more once the key is revoked.
    """
    await mirror.put(snapshot(1, KEY))
    token = grants.issue(Grant(KEY.hash), at=clock.now(), ttl=timedelta(seconds=60))

    assert (await who(token)).key == KEY
    clock.advance(10)
    await mirror.put(snapshot(2))
    assert await who(token) is None


async def test_token_for_an_origin_is_refused_on_other_pages(who, mirror, grants, clock):
    """
    And where no page is; a token without one is taken from every page.
    """
    await mirror.put(snapshot(1, KEY))
    bound = Grant(KEY.hash, origin="https://app.example.com")
    token = grants.issue(bound, at=clock.now(), ttl=timedelta(seconds=60))
    free = grants.issue(Grant(KEY.hash), at=clock.now(), ttl=timedelta(seconds=60))

    for origin in (None, "https://example.com", "https://app.example.com:8443", "null"):
        with pytest.raises(NotAllowed, match="another origin"):
            await who(token, origin=origin)
        assert await who(free, origin=origin) is not None
    assert (await who(token, origin="https://app.example.com")).key == KEY


async def test_token_brings_its_tags_and_audio(who, mirror, grants, clock):
    """
    Beside its key's; the key itself stays as it is.
    """
    key = attrs.evolve(KEY, tags=("shop",))
    await mirror.put(snapshot(1, key))
    bound = Grant(KEY.hash, "id", audio_ms=5000, tags=("kiosk", "shop"))
    token = grants.issue(bound, at=clock.now(), ttl=timedelta(seconds=60))

    caller = await who(token)

    assert caller.key.tags == ("shop", "kiosk")
    assert caller.key.token == TokenAudio("id", 5000)
    assert caller.key.limits == NO_LIMITS
    assert (await who(token)).key == caller.key
    assert (await who._find(KEY.hash, 60)).key == key


async def test_engine_admits_its_gateways_token():
    """
    Without a configured token, every caller.
    """
    guarded, open_ = TrustGateway("secret-token"), TrustGateway("")

    assert await guarded("secret-token") is not None
    for wrong in (None, "", "secret", "sécret"):
        assert await guarded(wrong) is None
        assert await open_(wrong) is not None
    assert "secret-token" not in repr(guarded)
