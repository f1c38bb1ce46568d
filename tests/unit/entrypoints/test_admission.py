"""Admission with cached entitlements, checked against the current ones."""

import attrs
import pytest

from tests.contract.values import ORG, snapshot
from tests.servers.away import Away

from adapters.memory.clock import ManualClock
from adapters.memory.grants import MemoryGrants
from adapters.memory.keystore import MemoryKeystore
from adapters.memory.leases import MemoryLeases
from adapters.memory.randomness import SeededRandomness
from adapters.memory.usage import MemoryUsageQueue
from aldea_core.domain.access.keys import KeySecret, KnownKey
from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.errors import BadRequest, NotAllowed, Unavailable
from aldea_core.domain.ids import KeyId, SessionId, TaskId
from aldea_core.domain.transcripts.options import FileOptions
from aldea_core.protocol.deepgram import errors
from aldea_core.protocol.deepgram.errors import Refusal
from aldea_core.use_cases.access.authenticate import Authenticate
from aldea_core.use_cases.live.close_session import CloseSession
from aldea_core.use_cases.live.extend_lease import ExtendLease
from aldea_core.use_cases.live.open_session import OpenSession
from entrypoints.http.admission import Admission
from entrypoints.http.credentials import RequestCredentials
from entrypoints.runtime.metrics import Metrics


SECRET = KeySecret.mint(bytes(24))
KEY = KnownKey(SECRET.hash, KeyId("key"), ORG)


class World:
    """A gateway that gets no invalidations."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.mirror = MemoryKeystore()
        self.keystore = Away(self.mirror)
        self.leases = MemoryLeases(self.mirror)
        self.usage = MemoryUsageQueue()
        offline = MemoryLeases()
        extend_lease = ExtendLease(self.mirror, self.leases, self.clock)
        self.admission = Admission(
            Authenticate(self.keystore, MemoryGrants(SeededRandomness()), self.clock),
            OpenSession(self.leases, offline, self.clock, TaskId("task")),
            CloseSession(self.leases, offline, self.usage, self.clock, extend_lease),
            Metrics(),
        )

    async def enter(self, session: str = "s", asked: FileOptions | None = None):
        credentials = RequestCredentials(SECRET.reveal())
        caller = await self.admission.cached_caller(credentials)
        return await self.admission.opened(
            caller, credentials, SessionKind.FILE, SessionId(session), 1000, asked
        )

    async def refuse(self, error: Exception) -> Exception:
        credentials = RequestCredentials(SECRET.reveal())
        caller = await self.admission.cached_caller(credentials)
        return await self.admission.count_refused(
            error, caller, credentials, SessionKind.LIVE, SessionId("refused")
        )

    async def count(self) -> int:
        return len(await self.leases.open(ORG, at=self.clock.now()))


@pytest.fixture
async def world():
    made = World()
    await made.mirror.put(snapshot(1, KEY, concurrent_files=1))
    return made


async def test_cached_key_needs_only_the_lease(world):
    """
    Admission is one round trip.
    """
    await world.enter()
    asked = world.keystore.calls
    await world.mirror.put(snapshot(1, KEY, concurrent_files=2))  # the same version: nothing new
    world.clock.advance(20)

    with pytest.raises(Refusal, match="the limit is 1, 1 are open"):
        await world.enter("another")
    assert world.keystore.calls == asked


async def test_new_limits_hold_without_invalidation(world):
    await world.enter()
    await world.mirror.put(snapshot(2, KEY, concurrent_files=2))

    opened = await world.enter("another")

    assert opened.caller.entitlements.version == 2
    assert opened.admitted.limit == 2
    assert await world.count() == 2


@pytest.mark.parametrize(
    ("keys", "error"),
    [
        ((), errors.INVALID_AUTH),
        (
            (KnownKey(SECRET.hash, KeyId("key"), ORG, frozenset({"usage:read"})),),
            errors.INSUFFICIENT_PERMISSIONS,
        ),
    ],
)
async def test_revoked_key_is_refused_without_invalidation(world, keys, error):
    """
    From the moment on in which the gateways' copy has the revocation.
    """
    await world.admission.cached_caller(RequestCredentials(SECRET.reveal()))
    await world.mirror.put(snapshot(2, *keys))

    with pytest.raises(Refusal) as refused:
        await world.enter()
    assert refused.value.error == error
    assert await world.count() == 0


async def test_ever_changing_org_is_asked_to_retry(world):
    """
    The number of attempts is bounded.
    """
    put = iter(range(2, 1000))
    mirror = world.mirror

    class Restless:
        async def caller(self, key_hash):
            found = await mirror.caller(key_hash)
            await mirror.put(snapshot(next(put), KEY))
            return found

    world.keystore._store = Restless()

    with pytest.raises(Unavailable):
        await world.enter()
    assert next(put) < 10
    assert await world.count() == 0


async def test_model_that_is_forbidden_meanwhile_is_refused_without_invalidation(world):
    await world.admission.cached_caller(RequestCredentials(SECRET.reveal()))
    await world.mirror.put(snapshot(2, attrs.evolve(KEY, models=("small",)), concurrent_files=2))

    with pytest.raises(NotAllowed, match="may use: small"):
        await world.enter("another", FileOptions(model="large"))
    assert await world.count() == 0
    assert (await world.enter("third", FileOptions(model="small"))).caller.key.models == ("small",)


class TestRefusedRequests:
    async def test_refused_request_is_recorded_and_closed(self, world):
        error = BadRequest("no")

        assert await world.refuse(error) is error
        ((entry,), open_) = (await world.usage.take(9), await world.count())
        record = entry.record
        assert (record.session, record.status, record.reason) == ("refused", 400, "bad_request")
        assert (record.audio_ms, open_) == (0, 0)

    async def test_worded_refusal_is_recorded_with_its_status(self, world):
        await world.refuse(Refusal(errors.UNSUPPORTED_MEDIA_TYPE))

        (entry,) = await world.usage.take(9)
        assert (entry.record.status, entry.record.reason) == (415, "unsupported_media_type")

    async def test_a_limit_is_answered_before_what_is_wrong(self, world):
        """
        Else malformed requests could go on beyond the rate.
        """
        await world.mirror.put(snapshot(1, KEY, requests_per_minute=0))

        refusal = await world.refuse(BadRequest("no"))

        assert isinstance(refusal, Refusal)
        assert refusal.error.status == 429
        assert not await world.usage.take(9)

    async def test_what_is_wrong_is_answered_while_nothing_can_be_counted(self, world):
        """
        The cached key is older than the org, and the keystore is away.
        """
        await world.admission.cached_caller(RequestCredentials(SECRET.reveal()))
        await world.mirror.put(snapshot(2, KEY))
        error = BadRequest("no")
        world.keystore.is_away = True

        assert await world.refuse(error) is error
