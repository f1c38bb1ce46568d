"""Usage written by gateways reaches the ledger once, whatever happens to db-sync."""

import asyncio

from urllib.request import urlopen

import attrs
import sqlalchemy as sa

from tests.contract.values import LIFE, ORG, lease, record
from tests.servers.ledgers import sessions_of
from tests.servers.services import serving
from tests.servers.waiting import until

from adapters.postgres.tables.usage import usage_records
from adapters.redis.usage import STREAMS, RedisUsageLog, stream_key
from adapters.system.clock import SystemClock
from aldea_core.domain.access.limits import Entitlements, Limits
from aldea_core.domain.ids import SessionId


async def billed(world) -> tuple[int, int]:
    """Sessions, and their milliseconds."""
    query = sa.select(
        sa.func.count(), sa.func.coalesce(sa.func.sum(usage_records.c.audio_ms), 0)
    ).select_from(usage_records)
    async with world.database.connect() as connection:
        count, audio_ms = (await connection.execute(query)).one()
        return count, int(audio_ms)


async def on_the_way(world) -> int:
    """Entries in the streams."""
    return sum([await world.redis.connection.xlen(stream_key(n)) for n in range(STREAMS)])


async def test_killed_drain_loses_no_usage(world):
    """
    Killed repeatedly: the ledger equals what was sent, and the stream is empty.
    """
    sent = [record(f"s{n}", audio_ms=n) for n in range(20_000)]
    log = RedisUsageLog(world.redis)
    for start in range(0, len(sent), 1000):
        await log.write(sent[start : start + 1000])
    total = (len(sent), sum(each.audio_ms for each in sent))

    kills = []
    for part in (500, 4000, 8000, 12_000):
        with serving("db-sync", may_die=True, **world.environ) as service:

            async def has_part(part=part) -> bool:
                return (await billed(world))[0] > part

            await until(has_part)
            service.process.kill()
            service.process.wait()
        kills.append((await billed(world))[0])
    assert await billed(world) != total, "it was killed too late to be in the middle"

    with serving("db-sync", **world.environ):

        async def is_empty() -> bool:
            return await on_the_way(world) == 0

        await until(is_empty)
    assert await billed(world) == total
    print(f"\n20,000 sessions, killed at {kills}: ledger {await billed(world)} = sent {total}")


async def test_usage_that_can_never_be_taken_holds_up_no_other(world):
    """
    It is put aside and counted, whether no reader or no database takes it.
    """
    odd = [record("odd1", audio_ms=2**63), record("odd2", reason="a\0b")]
    sent = [record(f"s{n}", audio_ms=1) for n in range(600)]
    log = RedisUsageLog(world.redis)
    await log.write([odd[0], *sent[:300], odd[1], *sent[300:]])
    await world.redis.connection.xadd(stream_key(0), {"record": "junk"})

    with serving("db-sync", **world.environ) as service:

        async def is_counted() -> bool:
            metrics = await asyncio.to_thread(urlopen, f"{service.url}/metrics")
            return b"aldea_usage_aside 3.0" in metrics.read()

        await until(is_counted)

    assert await billed(world) == (600, 600)
    assert await on_the_way(world) == 0


async def test_redelivered_usage_is_billed_once(world):
    sent = [record(f"s{n}", audio_ms=n) for n in range(2000)]
    log = RedisUsageLog(world.redis)
    with serving("db-sync", **world.environ):

        async def is_empty() -> bool:
            return await on_the_way(world) == 0

        for _ in range(2):
            for start in range(0, len(sent), 500):
                await log.write(sent[start : start + 500])
                await log.write(sent[start : start + 500])
            await until(is_empty)

    assert await billed(world) == (2000, sum(each.audio_ms for each in sent))


async def test_dead_gateways_session_is_settled(world):
    """
    From its last checkpoint; its late final record replaces that.
    """
    now = SystemClock().now()
    held = lease("dead", at=now - 2 * LIFE, audio_ms=7000)
    entitlements = Entitlements(Limits())
    await world.leases.admit(held, entitlements, at=now - 2 * LIFE)
    with serving("db-sync", **world.environ):

        async def is_billed(count: int = 1) -> bool:
            return (await billed(world))[0] == count

        await until(is_billed)
        checkpoint = (await sessions_of(world.ledger, ORG))[0]
        assert (checkpoint.audio_ms, checkpoint.final) == (7000, False)
        assert list(await world.leases.lapsed(at=now)) == []

        final = record("dead", audio_ms=7500)
        await RedisUsageLog(world.redis).write([attrs.evolve(final, session=SessionId("dead"))])

        async def is_final() -> bool:
            return (await sessions_of(world.ledger, ORG))[0].audio_ms == 7500

        await until(is_final)
    assert await billed(world) == (1, 7500)
