"""The Redis adapters keep every port's promises."""

import pytest

from redis.exceptions import (
    AuthenticationError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
)
from tests.contract.fill_marks import FillMarksContract
from tests.contract.key_limits import KeyLimitsContract, KeyQuotasContract
from tests.contract.key_uses import KeyUsesContract
from tests.contract.keystore import KeystoreContract
from tests.contract.leases import UNBOUND, LeasesContract
from tests.contract.orphan_keys import OrphanKeysContract, all_of
from tests.contract.snapshots import KeystoreSnapshotsContract
from tests.contract.usage_feed import UsageFeedContract
from tests.contract.values import (
    FAR_OFF,
    LIFE,
    NOW,
    ORG,
    OTHER_ORG,
    after,
    known_key,
    lease,
    record,
    snapshot,
)

from adapters.redis.client import BadRedisUrl, RedisClient, connect, redis_errors_as_ours
from adapters.redis.error_texts import why
from adapters.redis.fill_marks import RedisFillMarks
from adapters.redis.invalidations import RedisInvalidations
from adapters.redis.key_uses import RedisKeyUses
from adapters.redis.keystore import RedisKeystore
from adapters.redis.leases import RedisLeases
from adapters.redis.orphan_keys import RedisOrphanKeys
from adapters.redis.snapshots import RedisKeystoreSnapshots
from adapters.redis.usage import STREAMS, RedisUsageFeed, RedisUsageLog, stream_key
from adapters.redis.usage_rows import usage_of
from aldea_core.domain.access.limits import Entitlements, OrgStatus
from aldea_core.domain.errors import Unavailable
from aldea_core.domain.ids import OrgId
from aldea_core.domain.sync.drift import KeystoreSnapshot, OrphanKey


class TestRedisKeystore(KeystoreContract):
    @pytest.fixture
    def store(self, client):
        return RedisKeystore(client)

    @pytest.fixture
    def invalidations(self, client):
        return RedisInvalidations(client)


class TestRedisFillMarks(FillMarksContract):
    @pytest.fixture
    def marks(self, client):
        return RedisFillMarks(client)


class TestRedisKeyUses(KeyUsesContract):
    @pytest.fixture
    def key_uses(self, client):
        return RedisKeyUses(client)


class TestRedisKeystoreSnapshots(KeystoreSnapshotsContract):
    @pytest.fixture
    def store(self, client):
        return RedisKeystore(client)

    @pytest.fixture
    def keystore_snapshots(self, client):
        return RedisKeystoreSnapshots(client)

    async def test_leftover_documented_keys_are_found(self, client, store, keystore_snapshots):
        """
        Also if their org has nothing else.
        """
        redis = client.connection
        await store.put(snapshot(1, known_key()))
        await redis.delete(f"mirror:{{{ORG}}}")

        held = (await keystore_snapshots.held([ORG]))[ORG]

        assert held == KeystoreSnapshot(
            ORG,
            None,
            named=frozenset({known_key().hash}),
            owned=frozenset({known_key().hash}),
            limits_version=1,
            documented=snapshot(1).entitlements,
        )
        assert ORG in {org async for page in keystore_snapshots.orgs() for org in page}


class TestRedisOrphanKeys(OrphanKeysContract):
    @pytest.fixture
    def store(self, client):
        return RedisKeystore(client)

    @pytest.fixture
    def orphans(self, client):
        return RedisOrphanKeys(client)

    async def test_orphan_keys_are_found_and_removed(self, client, store, orphans):
        """
        Of unknown orgs, and of orgs that no longer have them.
        """
        mine, revoked, foreign = known_key("mine"), known_key("revoked"), known_key("foreign")
        await store.put(snapshot(1, mine, revoked))
        await store.put(snapshot(2, mine))
        await client.connection.set(f"apikey:{revoked.hash}", ORG)
        await client.connection.set(f"apikey:{foreign.hash}", "unknown")
        orphans_found = {OrphanKey(revoked.hash, ORG), OrphanKey(foreign.hash, OrgId("unknown"))}

        assert set(await all_of(orphans)) == orphans_found
        assert (
            set(await orphans.still([*orphans_found, OrphanKey(mine.hash, ORG)])) == orphans_found
        )
        assert set(await orphans.drop([*orphans_found, OrphanKey(mine.hash, ORG)])) == orphans_found
        assert await all_of(orphans) == []
        assert await client.connection.get(f"apikey:{mine.hash}") == ORG

    async def test_key_added_before_removal_stays(self, client, store, orphans, monkeypatch):
        """
        Between the last check and the removal; its expiry is kept.
        """
        key = known_key(expires=FAR_OFF)
        orphan = OrphanKey(key.hash, ORG)
        await client.connection.set(f"apikey:{key.hash}", ORG)
        look = RedisOrphanKeys.still

        async def still(self, keys):
            found = await look(self, keys)
            await store.put(snapshot(1, key))
            return found

        monkeypatch.setattr(RedisOrphanKeys, "still", still)

        assert list(await orphans.drop([orphan])) == []
        assert await client.connection.get(f"apikey:{key.hash}") == ORG
        assert await client.connection.ttl(f"apikey:{key.hash}") > 0


class TestFillMarks:
    async def test_store_is_filled_once_marked(self, client):
        """
        Until then unknown keys may exist.
        """
        await empty(client)
        marks, store = RedisFillMarks(client), RedisKeystore(client)
        await store.put(snapshot(1, known_key("a")))

        assert not await marks.is_filled()
        with pytest.raises(Unavailable, match="keystore"):
            await store.caller(known_key("b").hash)
        assert await store.caller(known_key("a").hash) is not None
        await marks.begin("one")
        assert not await marks.is_filled()
        assert await marks.finish("one")
        assert await marks.is_filled()
        assert await store.caller(known_key("b").hash) is None

    async def test_filling_of_a_lost_store_sets_no_mark(self, client):
        """
        Later fillings do.
        """
        await empty(client)
        marks = RedisFillMarks(client)
        await marks.begin("one")
        await empty(client)
        await marks.begin("two")

        assert not await marks.finish("one")
        assert await marks.finish("two")
        assert await marks.finish("one")  # it is filled, by either process

    async def test_lost_mirror_is_unavailable_and_no_refusal(self, client):
        """
        A key that was stored before is not answered as unknown.
        """
        store = RedisKeystore(client)
        await store.put(snapshot(1, known_key("a")))
        assert await store.caller(known_key("a").hash) is not None
        await empty(client)

        with pytest.raises(Unavailable):
            await store.caller(known_key("a").hash)


async def test_one_empty_node_of_a_cluster_is_detected(cluster):
    """
    Though the others are filled.
    """
    client = connect(cluster[0].url.replace("redis://", "redis+cluster://"))
    await client.open()
    try:
        for node in cluster:
            marks = RedisFillMarks(client)
            await marks.begin("one")
            assert await marks.finish("one")
            with node.plain() as plain:
                plain.flushall()
            assert not await marks.is_filled()
    finally:
        await client.close()


async def empty(client) -> None:
    names = [name async for name in client.connection.scan_iter()]
    for name in names:
        await client.connection.delete(name)


class TestRedisLeases(LeasesContract, KeyLimitsContract, KeyQuotasContract):
    @pytest.fixture
    def mirror(self, client):
        return RedisKeystore(client)

    @pytest.fixture
    def leases(self, client):
        return RedisLeases(client)

    async def test_lease_that_cannot_be_read_holds_no_other_up(self, leases, client):
        """
        As one of a kind of session that only a newer version has. It stays until that settles it.
        """
        for session in ("new", "s2"):
            await leases.admit(lease(session), UNBOUND, at=NOW)
        name = f"live:{{{ORG}}}:leases"
        text = await client.connection.hget(name, "new")
        await client.connection.hset(name, "new", text.replace('"live"', '"dictation"'))

        assert [each.session for each in await leases.open(ORG, at=NOW)] == ["s2"]
        assert [each.session for each in await leases.open_of_all(at=NOW, limit=9)] == ["s2"]
        (lapsed,) = await leases.lapsed(at=NOW + LIFE)
        await leases.settle([lapsed])
        assert lapsed.session == "s2"
        assert await client.connection.hkeys(f"live:{{{ORG}}}:lapsed") == ["new"]

    async def test_idle_orgs_are_no_longer_watched(self, leases, client):
        """
        Once no lease of theirs can lapse.
        """
        for n in range(3):
            held = lease(f"s{n}", org=OrgId(f"org-{n}"))
            await leases.admit(held, Entitlements(), at=NOW)
            await leases.release(held, audio_ms=0, at=NOW)

        async def known() -> int:
            names = [f"live:orgs:{{{n}}}" for n in range(16)]
            return sum([await client.connection.zcard(name) for name in names])

        await leases.lapsed(at=after(3600))
        assert await known() == 3
        await leases.lapsed(at=after(3601))
        assert await known() == 0


class TestRedisUsage(UsageFeedContract):
    @pytest.fixture
    def usage_log(self, client):
        return RedisUsageLog(client)

    @pytest.fixture
    def feed(self, client):
        return RedisUsageFeed(client, "one", claim_seconds=60)

    async def test_pending_entry_is_taken_over_after_its_idle_time(self, client, usage_log, feed):
        await usage_log.write([record()])
        (first,) = await feed.take(100)
        assert list(await RedisUsageFeed(client, "two", claim_seconds=60).take(100)) == []

        patience_is_over = RedisUsageFeed(client, "two", claim_seconds=0)
        assert list(await patience_is_over.take(100)) == [first]

    async def test_restarted_consumer_resumes_its_pending_entries(self, client, usage_log, feed):
        await usage_log.write([record()])
        taken = await feed.take(100)

        assert await RedisUsageFeed(client, "one", claim_seconds=60).take(100) == taken

    async def test_unreadable_entry_is_set_aside(self, client, usage_log, feed):
        """
        The other entries are read.
        """
        await usage_log.write([record()])
        for number in range(STREAMS):
            await client.connection.xadd(stream_key(number), {"record": "junk"})

        assert [entry.record for entry in await feed.take(100)] == [record()]
        assert [entry.record for entry in await feed.take(100)] == [record()]
        assert await client.connection.xlen(f"{stream_key(0)}:unreadable") == 1

    async def test_entry_that_is_put_aside_is_kept_whole(self, client, usage_log, feed):
        await usage_log.write([record()])
        (entry,) = await feed.take(100)
        await feed.put_aside(entry)

        stream = stream_key(int(entry.id.partition("/")[0]))
        kept = await client.connection.xrange(f"{stream}:unreadable")
        assert [usage_of(fields["record"]) for _, fields in kept] == [record()]

    async def test_deleted_pending_entry_does_not_block_newer_ones(self, client, usage_log, feed):
        await usage_log.write([record()])
        (entry,) = await feed.take(100)
        number, _, entry_id = entry.id.partition("/")
        await client.connection.xdel(stream_key(int(number)), entry_id)
        await usage_log.write([record()])

        await feed.take(100)
        assert [entry.record for entry in await feed.take(100)] == [record()]


class Half:
    """A connection that breaks on every second command, after the server has executed it."""

    def __init__(self, connection) -> None:
        self._connection = connection
        self.is_broken = True

    def __getattr__(self, name: str):
        return getattr(self._connection, name)

    async def xreadgroup(self, group, consumer, streams, **more):
        found = await self._connection.xreadgroup(group, consumer, streams, **more)
        (stream,) = streams
        if self.is_broken and int(stream.removeprefix("usage:{").removesuffix("}")) % 2:
            raise RuntimeError("unable to perform operation on <TCPTransport closed=True>")
        return found


async def test_usage_flows_while_a_node_is_away(client):
    """
    From the other nodes; from that node at once when it returns, though its response was lost.
    """
    half, written = Half(client.connection), [record(f"s{n}") for n in range(64)]
    feed = RedisUsageFeed(RedisClient(half), "one", claim_seconds=3600)
    await RedisUsageLog(client).write(written)

    some = await feed.take(1000)
    assert 0 < len(some) < len(written)
    await feed.drop(some)
    with pytest.raises(Unavailable, match="keystore"):
        await feed.take(1000)
    half.is_broken = False
    rest = await feed.take(1000)
    assert {entry.record for entry in (*some, *rest)} == set(written)


@pytest.mark.parametrize("error", [RuntimeError("the handler is closed"), KeyError("no node")])
def test_librarys_raw_errors_become_unavailable(error):
    with pytest.raises(Unavailable, match="keystore"), redis_errors_as_ours():
        raise error


class TestTheDocumentedKeys:
    async def test_documented_keys_are_byte_for_byte(self, client):
        """
        A set of hashes, a hash of limits, and each key's org.
        """
        first, second = known_key("a"), known_key("b")
        store, redis = RedisKeystore(client), client.connection
        await store.put(
            snapshot(3, first, second, status=OrgStatus.SUSPENDED, quota_ms=None, concurrent_live=4)
        )

        assert await redis.smembers(f"org:{ORG}:api_keys") == {first.hash, second.hash}
        assert await redis.get(f"apikey:{first.hash}") == ORG
        limits = await redis.hgetall(f"org:{ORG}:limits")
        assert (limits["concurrent_live"], limits["status"], limits["version"]) == (
            "4",
            "suspended",
            "3",
        )
        assert "quota_ms" not in limits

    async def test_documented_keys_follow_every_change(self, client):
        """
        Revoked and removed keys leave all three; other orgs' keys stay.
        """
        first, second, theirs = known_key("a"), known_key("b"), known_key("c", OTHER_ORG)
        store, redis = RedisKeystore(client), client.connection
        await store.put(snapshot(1, first, second))
        await store.put(snapshot(1, theirs, org=OTHER_ORG))
        await store.put(snapshot(2, second))

        assert await redis.get(f"apikey:{first.hash}") is None
        assert await redis.smembers(f"org:{ORG}:api_keys") == {second.hash}
        await store.remove(ORG, 3)
        assert await redis.get(f"apikey:{second.hash}") is None
        assert await redis.exists(f"org:{ORG}:api_keys") == 0
        assert await redis.exists(f"org:{ORG}:limits") == 0
        assert await redis.get(f"apikey:{theirs.hash}") == OTHER_ORG

    async def test_stale_documented_key_grants_nothing(self, client):
        """
        Only the org's mirror decides.
        """
        revoked = known_key()
        store = RedisKeystore(client)
        await store.put(snapshot(1, revoked))
        await store.put(snapshot(2))
        await client.connection.set(f"apikey:{revoked.hash}", ORG)
        await client.connection.sadd(f"org:{ORG}:api_keys", revoked.hash)

        assert await store.keys([revoked.hash]) == {}
        assert await store.caller(revoked.hash) is None
        await store.put(snapshot(2))
        assert await client.connection.get(f"apikey:{revoked.hash}") is None


class TestUrls:
    @pytest.mark.parametrize("url", ["", "localhost:6379", "http://x", "unix:///tmp/redis"])
    def test_invalid_redis_url_is_refused(self, url):
        """
        With what is valid.
        """
        with pytest.raises(BadRedisUrl, match="redis://"):
            connect(url)

    def test_the_password_is_in_no_repr(self):
        """
        Nor in an error.
        """
        assert "hidden" not in repr(connect("redis://:hidden@127.0.0.1:1"))
        with pytest.raises(BadRedisUrl) as wrong:
            connect("redis://:hidden@127.0.0.1:port")
        assert "hidden" not in str(wrong.value)


@pytest.mark.parametrize("url", ["redis://127.0.0.1:9", "redis+cluster://127.0.0.1:9"])
async def test_absent_store_is_unavailable_for_every_call(url):
    client = connect(url)
    try:
        with pytest.raises(Unavailable):
            await RedisKeystore(client).caller(known_key().hash)
        with pytest.raises(Unavailable):
            await RedisKeystore(client).keys([known_key().hash])
        with pytest.raises(Unavailable):
            await RedisKeystore(client).entitlements_of_orgs([ORG])
        with pytest.raises(Unavailable):
            await RedisKeystore(client).put(snapshot(1))
        with pytest.raises(Unavailable):
            await RedisLeases(client).kill(ORG, "s")
    finally:
        await client.close()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            ResponseError("MISCONF Redis is configured to save RDB snapshots, but"),
            "save to its disk",
        ),
        (ResponseError("CLUSTERDOWN The cluster is down"), "a part of the cluster is down"),
        (AuthenticationError("invalid username-password pair"), "the password is wrong"),
        (ReadOnlyError("You can't write against a read only replica."), "it is a replica"),
        (OutOfMemoryError("command not allowed"), "its memory is full"),
        (ResponseError("ERR value of secret-key is not"), "ERR"),
        (ResponseError("Nobody knows secret-key"), "ResponseError"),
    ],
)
def test_redis_errors_are_worded_without_arguments(error, said):
    assert said in why(error)
    assert "secret" not in why(error)
