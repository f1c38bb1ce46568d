"""A command resent after a lost connection takes effect once."""

import asyncio

from contextlib import asynccontextmanager, suppress

import attrs
import pytest

from tests.contract.values import LIFE, NOW, ORG, after, lease, record
from tests.servers.ledgers import sessions_of
from tests.servers.redis import redis_node

from adapters.memory.usage import MemoryUsageLedger
from adapters.redis.client import connect
from adapters.redis.leases import RedisLeases
from adapters.redis.usage import RedisUsageFeed, RedisUsageLog
from aldea_core.domain.access.limits import Admitted, Entitlements, Limits
from aldea_core.ports.leases import Renewal, Renewed
from aldea_core.use_cases.billing.drain_usage import DrainUsage


ENTITLEMENTS = Entitlements(
    Limits(concurrent_live=1, requests_per_minute=60, request_burst=1, quota_ms=60_000)
)


@attrs.define
class Cutter:
    """Passes bytes on to Redis, and cuts connections that are about to be answered."""

    port: int
    is_cutting: bool = False
    cuts: int = 0
    serving: set = attrs.Factory(set)

    async def handle(self, reader, writer) -> None:
        self.serving.add(asyncio.current_task())
        from_redis, to_redis = await asyncio.open_connection("127.0.0.1", self.port)
        up = asyncio.create_task(self._pass_on(reader, to_redis))
        while data := await from_redis.read(65536):
            if self.is_cutting:
                self.is_cutting = False
                self.cuts += 1
                break
            writer.write(data)
        writer.close()
        await up
        to_redis.close()

    async def _pass_on(self, reader, writer) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
        writer.write_eof()


@asynccontextmanager
async def cut_client():
    with redis_node() as node:
        before, _, target = node.url.rpartition(":")
        cutter = Cutter(int(target))
        server = await asyncio.start_server(cutter.handle, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        client = connect(f"{before}:{port}")
        await client.open()
        try:
            yield client, cutter
        finally:
            await client.close()
            server.close()
            await asyncio.gather(*cutter.serving)


@pytest.fixture
async def cut():
    async with cut_client() as made:
        yield made


async def test_repeated_admission_at_the_limit_is_admitted(cut):
    """
    Its own place does not refuse it, and rate and quota are used once.
    """
    client, cutter = cut
    leases = RedisLeases(client)
    held = lease(stretch_ms=10_000)
    # Scripts and the org are known to Redis, so that the cut command is the admission.
    await leases.admit(lease("before"), ENTITLEMENTS, at=after(-60))
    await leases.release(lease("before"), audio_ms=0, at=after(-60))

    cutter.is_cutting = True
    answer = await leases.admit(held, ENTITLEMENTS, at=after(-30))

    assert cutter.cuts == 1
    assert answer == Admitted(1, 0, 1.0, 10_000)
    assert [each.session for each in await leases.open(ORG, at=after(-30))] == ["s1"]


async def test_repeated_renewal_and_release_count_once(cut):
    client, cutter = cut
    leases = RedisLeases(client)
    held = lease(stretch_ms=10_000)
    await leases.admit(held, ENTITLEMENTS, at=NOW)
    renewal = Renewal(attrs.evolve(held, expires=after(3) + LIFE, audio_ms=4000), ENTITLEMENTS)

    cutter.is_cutting = True
    assert list(await leases.renew([renewal], at=after(3))) == [Renewed(4000, 14_000)]
    cutter.is_cutting = True
    await leases.release(held, audio_ms=5000, at=after(4))

    assert cutter.cuts == 2
    assert (await leases.counts(ORG, at=after(4))).used_ms == 5000


async def test_repeated_usage_record_is_once_in_the_ledger(cut):
    """
    It may be twice in the stream.
    """
    client, cutter = cut
    ledger = MemoryUsageLedger()
    cutter.is_cutting = True
    await RedisUsageLog(client).write([record()])

    assert cutter.cuts == 1
    assert await DrainUsage(RedisUsageFeed(client, "test"), ledger)() == 2
    assert await sessions_of(ledger, ORG) == [record()]
