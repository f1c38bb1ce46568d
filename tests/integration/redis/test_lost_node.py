"""One node of a cluster is away, and with it the orgs and keys that it holds: others are not."""

import asyncio

import attrs

from tests.contract.values import LIFE, NOW, after, known_key, lease
from tests.servers.redis import mark_filled, redis_cluster

from adapters.memory.clock import ManualClock
from adapters.memory.leases import MemoryLeases
from adapters.redis.client import connect
from adapters.redis.documented import owner_key
from adapters.redis.keystore import RedisKeystore
from adapters.redis.leases import RedisLeases
from adapters.redis.library import key_slot
from adapters.redis.noted_orgs import index_key
from aldea_core.domain.access.limits import Admitted, Entitlements
from aldea_core.domain.access.orgs import OrgSnapshot
from aldea_core.domain.ids import OrgId
from aldea_core.domain.live.endings import Ending
from aldea_core.use_cases.live.renew_sessions import RenewSessions
from entrypoints.runtime.metrics import Metrics
from entrypoints.runtime.session_registry import SessionRegistry


ENTITLEMENTS = Entitlements(version=1)
_LOST = 0
_NODES, _SLOTS = 3, 16_384


def node_of(key: str) -> int:
    return key_slot(key.encode()) * _NODES // _SLOTS


class Stream:
    """A session of an org that lies on *node*, with a key and an index on the lost one."""

    audio_ms, language, model, tags = 3_000, "", "", ()

    def __init__(self, node: int) -> None:
        org = next(
            org
            for n in range(100_000)
            if node_of(f"{{{(org := OrgId(f'{n}'))}}}") == node and node_of(index_key(org)) == _LOST
        )
        key = next(
            key
            for n in range(1000)
            if node_of(owner_key((key := known_key(f"{node}-{n}", org)).hash)) == _LOST
        )
        self.lease = attrs.evolve(lease(f"s{node}", org=org), key=key)
        self.endings = []

    def tick(self, at: float) -> None:
        pass

    def end(self, ending: Ending) -> None:
        self.endings.append(ending)


async def test_sessions_on_other_nodes_are_renewed_and_admitted():
    """
    Though the lost node holds the sessions of another org, and of these the documented key and the
    place in the index of orgs. A revoked key ends its session.
    """
    with redis_cluster() as nodes:
        for node in nodes:
            with node.plain() as plain:
                plain.config_set("cluster-require-full-coverage", "no")  # as ElastiCache has it
        client = connect(nodes[1].url.replace("redis://", "redis+cluster://"))
        await client.open()
        await mark_filled(client)
        clock = ManualClock(NOW)
        keystore, leases = RedisKeystore(client), RedisLeases(client)
        renew = RenewSessions(keystore, leases, MemoryLeases(), clock)
        running = SessionRegistry(renew, clock, capacity=9, metrics=Metrics(), shard=leases.shard)
        lost, kept, revoked = streams = Stream(_LOST), Stream(1), Stream(2)
        for stream in streams:
            key = stream.lease.key
            await keystore.put(OrgSnapshot(key.org, ENTITLEMENTS, (key,)))
            assert await keystore.caller(key.hash)
            await leases.admit(stream.lease, ENTITLEMENTS, at=NOW)
            running.add(stream)
        await keystore.put(OrgSnapshot(revoked.lease.org, Entitlements(version=2)))
        nodes[_LOST].stop()

        clock.advance(20)
        for stream in streams:
            running.renewals.extend(stream)
        await asyncio.sleep(0.1)
        await asyncio.gather(*running.renewals._tasks)

        assert kept.lease.expires == clock.now() + LIFE
        assert (kept.endings, lost.endings) == ([], [])
        assert revoked.endings == [Ending.KEY_REVOKED]
        assert len(await leases.open(kept.lease.org, at=after(40))) == 1
        more = attrs.evolve(kept.lease, session="more", started=after(20))
        assert isinstance(await leases.admit(more, ENTITLEMENTS, at=after(40)), Admitted)
        await client.close()
