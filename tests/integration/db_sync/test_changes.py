"""Changes reach Redis, whatever happens to db-sync."""

import asyncio
import random
import signal
import threading
import time
import urllib.request

import attrs
import pytest
import sqlalchemy as sa

from tests.contract.accounts import ACME, api_key
from tests.contract.values import ORG
from tests.servers.services import serving
from tests.servers.waiting import until

from adapters.postgres.changes import SqlOrgChanges
from adapters.sqs.client import SqsClient
from adapters.sqs.queue import SqsOrgQueue
from adapters.system.clock import SystemClock
from aldea_core.domain.access.limits import Limits, OrgStatus
from aldea_core.domain.access.orgs import Org
from aldea_core.domain.ids import KeyId, OrgId


def metric(service, name: str) -> float:
    with urllib.request.urlopen(f"{service.url}/metrics", timeout=60) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith(name))


async def test_without_a_queue_db_sync_copies_itself(world):
    """
    Keys work as soon as they are made, and no longer once revoked.
    """
    key = api_key()
    with serving("db-sync", **world.environ) as service:
        await world.accounts.add_org(ACME)
        await world.accounts.add_key(key)
        await until(lambda: opens(world, key))
        await world.accounts.end_key(ORG, key.id, at=SystemClock().now())
        await until(lambda: opens(world, key, wanted=False))

        assert await world.differs() == set()
        assert metric(service, 'aldea_sync_done_total{job="relay"}') >= 1
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(30) == 0


async def opens(world, key, *, wanted: bool = True) -> bool:
    return (key.hash in await world.keystore.keys([key.hash])) == wanted


async def test_lost_listener_reconnects(world):
    """
    And reads the outbox at once for missed changes.
    """
    key = api_key()
    with serving("db-sync", **world.environ):
        await world.accounts.add_org(ACME)
        await until(lambda: copied(world))
        async with world.database.begin() as connection:
            ended = await connection.execute(
                sa.text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND query LIKE 'LISTEN%'"
                )
            )
            assert len(ended.all()) == 1
        await world.accounts.add_key(key)
        await until(lambda: opens(world, key))


async def copied(world) -> bool:
    return ORG in await world.keystore.entitlements_of_orgs([ORG])


async def test_changes_wait_while_the_queue_is_away(world, org_sync_queue_url):
    """
    In the outbox.
    """
    nowhere = org_sync_queue_url.replace("127.0.0.1", "127.0.0.2").replace("localhost", "127.0.0.2")
    with serving("db-sync", may_die=True, ALDEA_ORG_SYNC_QUEUE_URL=nowhere, **world.environ) as one:
        await world.accounts.add_org(ACME)
        await until(lambda: failed(one))
    assert await SqlOrgChanges(world.database).waiting() > 0

    with serving("db-sync", ALDEA_ORG_SYNC_QUEUE_URL=org_sync_queue_url, **world.environ):
        messages = await SqsOrgQueue(SqsClient(org_sync_queue_url)).receive(10, wait=20)
    assert {message.org for message in messages} == {ORG}


async def failed(service) -> bool:
    return metric(service, 'aldea_sync_failures_total{job="relay"}') > 0


@pytest.mark.timeout(240)
async def test_changes_survive_killed_copies(world, org_sync_queue_url):
    """
    Two copies share the work and are killed in turn: Redis ends equal to the database, and every
    revoked key is refused.
    """
    environ = {**world.environ, "ALDEA_ORG_SYNC_QUEUE_URL": org_sync_queue_url}
    environ["ALDEA_RELAY_SECONDS"] = "1"  # the dead processes' claimed changes are not in flight
    orgs = [attrs.evolve(ACME, id=OrgId(f"org-{n:03}")) for n in range(40)]
    changed = threading.Event()
    with serving("org-sync", **environ):
        killing = asyncio.create_task(asyncio.to_thread(kill_in_turn, environ, changed))
        try:
            revoked = await change_a_thousand_times(world, orgs)
        finally:
            changed.set()
            kills = await killing
        with serving("db-sync", **environ), serving("db-sync", **environ):
            await until(lambda: nothing_waits(world))
            await until(lambda: equal(world))

    assert await world.keystore.keys(revoked) == {}
    print(f"\n1,000 changes, {kills} kills, {len(revoked)} keys revoked: Redis equals PostgreSQL")


async def change_a_thousand_times(world, orgs: list[Org]) -> list:
    randomness, accounts = random.Random(5), world.accounts
    for org in orgs:
        await accounts.add_org(org)
    keys, revoked = [], []
    for n in range(1000 - len(orgs)):
        org = randomness.choice(orgs).id
        match randomness.randrange(4):
            case 0:
                await accounts.set_limits(org, Limits(concurrent_live=n))
            case 1:
                status = randomness.choice([OrgStatus.ACTIVE, OrgStatus.SUSPENDED])
                await accounts.set_status(org, status)
            case 2 if keys:
                key = keys.pop(randomness.randrange(len(keys)))
                await accounts.end_key(key.org, KeyId(key.id), at=SystemClock().now())
                revoked.append(key.hash)
            case _:
                keys.append(api_key(f"{n}", org))
                await accounts.add_key(keys[-1])
        await asyncio.sleep(0.03)
    return revoked


def kill_in_turn(environ, changed: threading.Event) -> int:
    """
    Two copies are up; both die, one after the other, and others start, until all is changed, and
    at least twice on a machine that starts them slowly.
    """
    kills = 0
    while not changed.is_set() or kills < 4:
        with (
            serving("db-sync", may_die=True, **environ) as one,
            serving("db-sync", may_die=True, **environ) as other,
        ):
            time.sleep(0.3)
            one.process.kill()
            time.sleep(0.3)
            other.process.kill()
            kills += 2
    return kills


async def nothing_waits(world) -> bool:
    return await SqlOrgChanges(world.database).waiting() == 0


async def equal(world) -> bool:
    return await world.differs() == set()
