"""A replica becomes the primary, and the old primary its replica; the name in the URL follows."""

import asyncio

import attrs
import pytest
import redis

from tests.contract.values import LIFE, NOW, ORG, after, lease
from tests.servers.redis import redis_node
from tests.servers.stage import BlackHole, black_hole
from tests.servers.waiting import until

from adapters.local_servers.server import free_port
from adapters.redis.client import RedisClient, Script, ScriptCall, connect, run_all
from adapters.redis.demoted import is_of_replica
from adapters.redis.leases import RedisLeases
from adapters.redis.library import ResponseError
from aldea_core.domain.access.limits import Admitted, Entitlements, LimitName, Limits, Refused
from aldea_core.domain.errors import Unavailable
from aldea_core.ports.leases import Renewal


ENTITLEMENTS = Entitlements(Limits(concurrent_live=2))


@attrs.frozen
class Pair:
    """A primary and its replica, behind one name. A failover leaves connections to it open."""

    client: RedisClient
    primary: redis.Redis
    replica: redis.Redis
    name: BlackHole
    ports: tuple[int, int]

    async def is_level(self) -> bool:
        state = self.replica.info("replication")
        sent = self.primary.info("replication")["master_repl_offset"]
        return state["master_link_status"] == "up" and state["slave_repl_offset"] == sent

    def lag(self) -> None:
        """What is written from now on does not reach the replica."""
        self.replica.replicaof("NO", "ONE")

    def fail_over(self) -> None:
        self.replica.replicaof("NO", "ONE")
        self.name.target = self.ports[1]
        self.primary.replicaof("127.0.0.1", self.ports[1])


@pytest.fixture
async def pair():
    with redis_node() as first, redis_node() as second:
        password = first.plain().connection_pool.connection_kwargs["password"]
        ports = first.server.port, second.server.port
        with first.plain() as primary, second.plain() as replica:
            for node in (primary, replica):
                node.config_set("masterauth", password)
                node.config_set("repl-diskless-sync-delay", 0)
            replica.config_set("requirepass", password)
            replica.replicaof("127.0.0.1", ports[0])
            async with black_hole(free_port(), ports[0]) as name:
                client = connect(f"redis://:{password}@127.0.0.1:{name.port}")
                await client.open()
                try:
                    made = Pair(client, primary, replica, name, ports)
                    await until(made.is_level, seconds=10)
                    yield made
                finally:
                    await client.close()


async def test_every_connection_follows_the_primary(pair):
    """
    The pipelined one and those of the library's pool, with plain commands and with scripts.
    """
    client = pair.client
    script = Script.load("raise")
    await asyncio.gather(*(client.connection.set(f"k{n}", n) for n in range(5)))
    await run_all(client, [ScriptCall(script, ["meter"], ["month", 1])])
    await until(pair.is_level, seconds=10)
    pair.fail_over()

    async def is_pipelined() -> bool:
        return client.connections.connection("meter") is not None

    for used in (2, 3):
        assert await script(client, ["meter"], ["month", used]) == 1
        await until(is_pipelined, seconds=10)
    await asyncio.gather(*(client.connection.set(f"k{n}", "again") for n in range(5)))
    assert await run_all(client, [ScriptCall(script, ["meter"], ["month", 4])]) == [1]
    assert pair.replica.hget("meter", "month") == "4"


async def test_node_that_stays_a_replica_is_named_as_one(pair):
    """
    Nothing waits for a primary that no name leads to.
    """
    pair.primary.replicaof("127.0.0.1", pair.ports[1])
    for _ in range(3):
        with pytest.raises(Unavailable) as away:
            await pair.client.ask("k", "SET", "k", "1")
        assert "it is a replica" in away.value.in_full


@pytest.mark.parametrize(
    ("reply", "is_so"),
    [
        ("READONLY You can't write against a read only replica.", True),
        ("ERR Error running script (call to f_1): @user_script:3: -READONLY You can't", True),
        ("MASTERDOWN Link with MASTER is down", True),
        ("NOSCRIPT No matching script.", False),
        ("WRONGTYPE Operation against a key of another kind", False),
    ],
)
def test_replicas_are_known_by_their_errors(reply, is_so):
    """
    Of Redis up to 6.2, whose scripts wrap them, and of later ones.
    """
    assert is_of_replica(ResponseError(reply)) is is_so


async def test_lost_leases_come_back_when_they_are_renewed(pair):
    """
    The replica lagged: it knows neither a stream that was opened last, nor what was used last. The
    place counts again, the audio is counted once, and both are free at the end.
    """
    leases = RedisLeases(pair.client)
    first = lease("first")
    assert isinstance(await leases.admit(first, ENTITLEMENTS, at=NOW), Admitted)
    await leases.renew([Renewal(first.counted(3_000), ENTITLEMENTS)], at=after(3))
    await until(pair.is_level, seconds=10)
    pair.lag()
    second = lease("second")
    assert isinstance(await leases.admit(second, ENTITLEMENTS, at=after(3)), Admitted)
    await leases.renew([Renewal(first.counted(6_000), ENTITLEMENTS)], at=after(6))
    pair.fail_over()

    at = after(9)
    renewals = [
        Renewal(each.counted(9_000).renewed(until=at + LIFE), ENTITLEMENTS)
        for each in (first, second)
    ]
    await leases.renew(renewals, at=at)
    refused = await leases.admit(lease("third", at=at), ENTITLEMENTS, at=at)
    assert isinstance(refused, Refused)
    assert (await leases.counts(ORG, at=at)).used_ms == 18_000
    for each in (first, second):
        await leases.release(each, audio_ms=9_000, at=at)
    counts = await leases.counts(ORG, at=at)
    assert (counts.live, counts.used_ms) == (0, 18_000)


async def test_quota_that_is_reached_in_a_failover_is_never_exceeded(pair):
    """
    The replica did not know what the second stream had reserved, and gives it to a third. The second
    learns at its renewal that nothing is left, and its audio is not counted: the quota is, exactly.
    """
    under = Entitlements(Limits(concurrent_live=9, quota_ms=20_000))
    leases = RedisLeases(pair.client)
    first, second, third = (lease(name, stretch_ms=10_000) for name in ("1", "2", "3"))
    await leases.admit(first, under, at=NOW)
    await until(pair.is_level, seconds=10)
    pair.lag()
    assert (await leases.admit(second, under, at=NOW)).granted_ms == 10_000
    pair.fail_over()

    assert (await leases.admit(third, under, at=after(1))).granted_ms == 10_000
    at = after(3)
    renewals = [
        Renewal(each.counted(8_000).renewed(until=at + LIFE), under)
        for each in (second, first, third)
    ]
    answers = await leases.renew(renewals, at=at)
    assert [each.granted_ms for each in answers] == [0, 10_000, 10_000]
    refused = await leases.admit(lease("4", at=at, stretch_ms=1), under, at=at)
    assert (refused.name, refused.limit) == (LimitName.QUOTA, 20_000)
    for each, audio_ms in ((second, 0), (first, 10_000), (third, 10_000)):
        await leases.release(each, audio_ms=audio_ms, at=at)

    assert (await leases.counts(ORG, at=at)).used_ms == 20_000
