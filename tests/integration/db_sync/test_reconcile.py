"""Periodic reconciliation repairs drift."""

import attrs
import pytest
import sqlalchemy as sa

from tests.contract.accounts import ACME, OTHER, api_key
from tests.contract.values import LIFE, ORG, OTHER_ORG, known_key, lease, record, snapshot
from tests.integration.db_sync.test_changes import metric
from tests.servers.services import serving
from tests.servers.waiting import until

from adapters.postgres.samples import SqlSamples
from adapters.redis.fill_marks import RedisFillMarks
from adapters.system.clock import SystemClock
from aldea_core.domain.access.key_limits import KeyLimits
from aldea_core.domain.access.keys import KnownKey
from aldea_core.domain.access.limits import LimitName, Limits, Refused
from aldea_core.domain.errors import Unavailable
from aldea_core.domain.ids import OrgId
from aldea_core.domain.samples import DRIFT, OUTBOX


def often(world) -> dict[str, str]:
    return {**world.environ, "ALDEA_RECONCILE_SECONDS": "0.5"}


async def equal(world) -> bool:
    return await world.differs() == set()


async def test_an_empty_redis_is_filled_at_once(world, node):
    """
    And meters of orgs and of keys are raised to the ledger's totals, without a sweep.
    """
    now = SystemClock().now()
    await world.accounts.add_org(attrs.evolve(ACME, limits=Limits(quota_ms=50_000)))
    await world.accounts.add_key(api_key())
    await world.accounts.add_org(OTHER)
    limited = api_key("limited", OTHER_ORG, limits=KeyLimits(quota_ms=30_000))
    await world.accounts.add_key(limited)
    used = {"started": now, "ended": now}
    await world.ledger.record(
        [
            record(audio_ms=60_000, **used),
            record("s2", audio_ms=30_000, org=OTHER_ORG, key=limited.id, **used),
        ]
    )
    marks = RedisFillMarks(world.redis)
    with serving("db-sync", **world.environ) as service:
        await until(lambda: equal(world))
        with node.plain() as plain:
            plain.flushall()
        with pytest.raises(Unavailable):
            await world.keystore.caller(known_key("unknown").hash)
        await until(marks.is_filled)

        assert await equal(world)
        assert await world.keystore.caller(known_key("unknown").hash) is None
        assert (await world.leases.counts(ORG, at=now)).used_ms == 60_000
        found = await world.keystore.entitlements_of_orgs([OTHER_ORG])
        held = lease(org=OTHER_ORG, at=now, expires=now + LIFE)
        held = attrs.evolve(held, key=KnownKey.of(limited))
        refused = await world.leases.admit(held, found[OTHER_ORG], at=now)
        assert isinstance(refused, Refused)
        assert refused.name is LimitName.KEY_QUOTA
        assert metric(service, "aldea_meters_raised_total") >= 2
        assert metric(service, 'aldea_sync_done_total{job="fill"}') == 2


async def test_two_copies_may_fill_an_empty_redis(world, node):
    orgs = [attrs.evolve(ACME, id=OrgId(f"org-{n}")) for n in range(5)]
    for org in orgs:
        await world.accounts.add_org(org)
    marks = RedisFillMarks(world.redis)
    with serving("db-sync", **world.environ), serving("db-sync", **world.environ):
        for _ in range(2):
            with node.plain() as plain:
                plain.flushall()
            await until(marks.is_filled)
            assert await equal(world)


async def test_wrong_database_does_not_fill_redis(world, node):
    """
    Redis holds another database's orgs.
    """
    with node.plain() as plain:
        plain.flushall()
    for n in range(3):
        org = OrgId(f"theirs-{n}")
        await world.keystore.put(snapshot(3, known_key(f"{n}", org), org=org))
    await world.accounts.add_org(OTHER)
    async with world.database.begin() as connection:
        await connection.execute(sa.text("DELETE FROM org_changes"))
    with serving("db-sync", may_die=True, **world.environ) as service:

        async def is_refused() -> bool:
            return metric(service, "aldea_surplus_refused_total") >= 1

        await until(is_refused)
    assert await world.keystore.entitlements_of_orgs([OTHER_ORG]) == {}
    assert not await RedisFillMarks(world.redis).is_filled()


async def measured(world) -> bool:
    """Whether operators see what db-sync measured: the outbox, and a finished sweep."""
    return len(await SqlSamples(world.database).latest([OUTBOX, DRIFT])) == 2


async def test_every_kind_of_drift_is_repaired(world):
    """
    Found, counted and repaired: older, newer, other keys, orphan orgs.
    """
    orgs = [attrs.evolve(ACME, id=OrgId(f"org-{n}")) for n in range(4)]
    for org in orgs:
        await world.accounts.add_org(org)
        await world.accounts.add_key(api_key(org.id, org.id))
    with serving("db-sync", **world.environ):
        await until(lambda: equal(world))
    # Without db-sync: the database changes without triggers, and Redis is changed by hand.
    async with world.database.begin() as connection:
        await connection.execute(sa.text("DELETE FROM org_changes"))
        await connection.execute(
            sa.text("UPDATE orgs SET status = 'suspended' WHERE id = :org"), {"org": "org-0"}
        )
        await connection.execute(sa.text("DELETE FROM org_changes"))
    await world.keystore.put(snapshot(1000, known_key("n", orgs[1].id), org=orgs[1].id))
    await world.redis.connection.delete(f"org:{orgs[2].id}:api_keys")
    await world.redis.connection.hset(f"org:{orgs[3].id}:limits", "version", "1")
    await world.redis.connection.set(f"apikey:{known_key('orphan').hash}", orgs[0].id)
    await world.keystore.put(snapshot(3, known_key("s", OrgId("orphan")), org=OrgId("orphan")))

    with serving("db-sync", **often(world)) as service:
        await until(lambda: equal(world))
        # Other keys, an older documented version, and a documented key that its org does not have.
        for kind, count in (("older", 1), ("newer", 1), ("keys", 3), ("surplus", 1)):
            assert metric(service, f'aldea_drift_total{{kind="{kind}"}}') == count
        await until(lambda: measured(world))
    assert await world.keystore.keys([known_key("n").hash, known_key("s").hash]) == {}


async def test_empty_database_removes_no_orgs(world):
    for n in range(30):
        org = OrgId(f"org-{n}")
        await world.keystore.put(snapshot(3, known_key(f"{n}", org), org=org))
    await world.accounts.add_org(OTHER)
    await world.redis.connection.set(f"apikey:{known_key('orphan').hash}", "org-1")

    with serving("db-sync", may_die=True, **often(world)) as service:

        async def is_refused() -> bool:
            return metric(service, "aldea_surplus_refused_total") > 1

        await until(is_refused)
    assert len(await world.keystore.keys([known_key(f"{n}").hash for n in range(30)])) == 30
    assert OTHER_ORG in await world.keystore.entitlements_of_orgs([OTHER_ORG])
    assert await world.redis.connection.get(f"apikey:{known_key('orphan').hash}") == "org-1"
