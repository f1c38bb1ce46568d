"""redis-seeder on a real PostgreSQL and a real Redis: seeding, sweeping, comparing."""

import asyncio
import json
import os
import subprocess
import time

import attrs
import pytest
import sqlalchemy as sa

from tests.contract.values import known_key
from tests.servers.many_orgs import fill
from tests.servers.sync_path import path
from tests.servers.up import ALDEA, ROOT

from adapters.redis.keystore import mirror_key
from adapters.redis.leases import live_keys
from aldea_core.domain.access.keys import KeyDraft
from aldea_core.domain.access.limits import Limits
from aldea_core.domain.access.orgs import OrgSnapshot
from aldea_core.domain.ids import OrgId
from entrypoints.lambdas.cold_start import ColdStart
from entrypoints.lambdas.events import LocalContext
from entrypoints.lambdas.redis_seeder import answer, handler


IS_FULL = os.environ.get("TORTURE") == "full"
MANY = 100_000 if IS_FULL else 5_000
MOST_MB = 60


def aldea(path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    base = {key: value for key, value in os.environ.items() if not key.startswith("ALDEA_")}
    return subprocess.run(
        [ALDEA, "lambda", *arguments],
        env=base | path.environ,
        cwd=ROOT,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


@attrs.define
class Acme:
    """Two orgs, seeded."""

    on: object
    snapshots: list[OrgSnapshot]

    async def verify(self) -> list[tuple[str, str]]:
        said = await answer(self.on.services, {"verify": True}, LocalContext(), lambda _: None)
        assert said["done"]
        assert sum(said["drift"].values()) == len(said["differences"])
        return sorted((each["kind"], each["detail"]) for each in said["differences"])

    async def seed(self) -> dict:
        return await answer(self.on.services, {"seed_all": True}, LocalContext(), lambda _: None)


@pytest.fixture(params=["node", "cluster"])
async def acme(request, postgres_url, sqs):
    async with path(postgres_url, sqs, cluster=request.param == "cluster") as on:
        snapshots = []
        for name in ("Acme", "Bolt"):
            org = await on.services.identity.create_org()(name)
            for n in range(3):
                await on.services.identity.create_key()(org.id, KeyDraft(f"Key {n}"))
            snapshots.append(await on.services.stores.accounts().snapshot(org.id, at=now(on)))
        made = Acme(on, snapshots)
        await made.seed()
        yield made


def now(on):
    return on.services.stores.clock().now()


async def everything(on, snapshots) -> bool:
    """Whether each key opens, and is documented."""
    keys = [key for snapshot in snapshots for key in snapshot.keys]
    found = await on.keystore.keys([key.hash for key in keys])
    documented = await on.documented([key.hash for key in keys])
    return found == {key.hash: key for key in keys} and documented == set(found)


async def test_seeding_restores_a_flushed_redis(acme):
    """
    The command counts its work; a second run changes nothing.
    """
    for node in acme.on.nodes:
        with node.plain() as plain:
            plain.flushall()
    assert not await everything(acme.on, acme.snapshots)

    done = await asyncio.to_thread(aldea, acme.on, "redis-seeder", "--seed-all", "--json")

    said = json.loads(done.stdout)
    said.pop("seconds")
    assert said == {
        "done": True,
        "orgs": 2,
        "keys": 6,
        "newer": 0,
        "removed_orgs": 0,
        "removed_keys": 0,
    }
    assert done.returncode == 0
    assert await everything(acme.on, acme.snapshots)
    assert await acme.verify() == []
    again = await asyncio.to_thread(aldea, acme.on, "redis-seeder", "--seed-all")
    assert again.stdout.startswith("2 orgs, 6 keys, 0 newer, 0 removed orgs, 0 removed keys, in ")


async def test_comparison_reports_every_kind_of_drift(acme):
    """
    It writes nothing; seeding repairs all of it.
    """
    on, (mine, theirs) = acme.on, acme.snapshots
    redis, store = on.client.connection, on.keystore
    first, second, third = theirs.keys
    foreign, orphan = known_key("foreign"), OrgId("orphan")
    assert await acme.verify() == []
    # A missing key, another's rights, one too many, and a wrong limit, in what gateways go by.
    await redis.hdel(mirror_key(theirs.org), f"key:{first.hash}")
    await redis.hset(mirror_key(theirs.org), f"key:{second.hash}", '["other",["admin"],null]')
    await redis.hset(mirror_key(theirs.org), f"key:{foreign.hash}", '["extra",["member"],null]')
    await redis.hset(mirror_key(theirs.org), "concurrent_live", "99")
    # What others read.
    await redis.srem(f"org:{theirs.org}:api_keys", third.hash)
    await redis.hset(f"org:{theirs.org}:limits", "status", "suspended")
    await redis.hset(f"org:{theirs.org}:limits", "version", "1")
    await redis.set(f"apikey:{known_key('orphan').hash}", theirs.org)
    # An org that is gone from Redis, one that is unknown to the database.
    await redis.delete(mirror_key(mine.org))
    await store.put(attrs.evolve(mine, org=orphan, keys=(known_key("x", orphan),)))

    found = await acme.verify()

    assert found == sorted(
        [
            ("extra key", "key extra"),
            ("missing key", f"documented key {third.id}"),
            ("missing key", f"key {first.id}"),
            ("missing org", f"it is at version {mine.entitlements.version}"),
            # Its first key is documented, though its mirror does not have it any more; so are
            # those of the org that has no mirror.
            *[
                ("orphan key", f"key with hash {key.hash[:8]}…")
                for key in (known_key("orphan"), first, *mine.keys)
            ],
            ("orphan org", f"1 keys at version {mine.entitlements.version}"),
            ("wrong key", f"key {second.id}"),
            ("wrong limit", "concurrent_live is 99, where 10 is right"),
            (
                "wrong limit",
                f"documented version is 1, where {theirs.entitlements.version} is right",
            ),
            ("wrong status", "documented status is suspended, where active is right"),
        ]
    )
    assert await acme.verify() == found
    done = await asyncio.to_thread(aldea, on, "redis-seeder", "--verify")
    assert done.returncode == 1
    assert f"orphan org: org {orphan}: 1 keys" in done.stdout
    assert f"{len(found)} differences" in done.stdout

    seeded = await acme.seed()
    assert (seeded["removed_orgs"], seeded["removed_keys"]) == (1, 1)
    assert await acme.verify() == []
    assert await everything(on, acme.snapshots)


async def test_comparison_reports_different_versions(acme):
    """
    Seeding repairs an older copy. A newer one is only reported.
    """
    on, (mine, theirs) = acme.on, acme.snapshots
    await on.services.stores.accounts().set_limits(mine.org, Limits(concurrent_live=1))
    entitlements = attrs.evolve(theirs.entitlements, version=99)
    await on.keystore.put(attrs.evolve(theirs, entitlements=entitlements))

    assert [kind for kind, _ in await acme.verify()] == ["newer version", "stale version"]
    assert (await acme.seed())["newer"] == 1
    assert [kind for kind, _ in await acme.verify()] == ["newer version"]


async def test_a_wrong_database_is_refused(acme, sqs):
    """
    With an error text, before any write, even with force.
    """
    on = acme.on
    for snapshot in acme.snapshots:
        await on.services.stores.accounts().remove_org(snapshot.org)
    async with on.services.stores.database().begin() as connection:
        await connection.execute(sa.text("DELETE FROM gone_orgs"))
    other = await on.services.identity.create_org()("Wrong")

    done = await asyncio.to_thread(aldea, on, "redis-seeder", "--seed-all")

    assert done.returncode != 0
    assert "does not know 2 of the 2 orgs in Redis" in done.stderr
    assert "Traceback" not in done.stderr
    assert await everything(on, acme.snapshots)
    assert await on.keystore.entitlements_of_orgs([other.id]) == {}
    verified = await asyncio.to_thread(aldea, on, "redis-seeder", "--verify")
    assert verified.returncode == 1
    assert "is it the right database?" in verified.stdout

    done = await asyncio.to_thread(aldea, on, "redis-seeder", "--seed-all", "--force", "--json")
    assert json.loads(done.stdout)["removed_orgs"] == 2
    assert await acme.verify() == []


async def test_live_state_is_no_drift(acme):
    """
    Leases and usage are not copies, and stay.
    """
    org = acme.snapshots[0].org
    name = live_keys(org)[0]
    await acme.on.client.connection.hset(name, "session", "lease")

    assert await acme.verify() == []
    await acme.seed()
    assert await acme.on.client.connection.exists(name) == 1


async def test_near_its_time_limit_it_returns_a_cursor(postgres_url, sqs, monkeypatch):
    """
    The next call continues from it; the last response has the totals.
    """
    monkeypatch.setattr("aldea_core.use_cases.sync.seed_orgs.PAGE", 40)
    monkeypatch.setattr("aldea_core.use_cases.sync.compare_orgs._PAGE", 40)
    await fill(postgres_url, orgs=100, keys=3)
    async with path(postgres_url, sqs) as on:
        for name in ("seed_all", "verify"):
            event, runs = {name: True}, 0
            while True:
                said = await answer(on.services, event, LocalContext(1), lambda _: None)
                runs += 1
                if said["done"]:
                    break
                event = json.loads(json.dumps({name: True, "cursor": said["cursor"]}))

            assert (said["orgs"], said["keys"]) == (100, 300)
            assert runs >= 3
        assert said["drift"] == {}


async def test_only_named_orgs_are_seeded(acme):
    for node in acme.on.nodes:
        with node.plain() as plain:
            plain.flushall()
    mine, theirs = acme.snapshots
    event = json.dumps({"org_ids": [mine.org, "unknown"]})

    done = await asyncio.to_thread(
        aldea, acme.on, "redis-seeder", "--event", "-", "--json", stdin=event
    )

    answered = json.loads(done.stdout)
    assert (answered["orgs"], answered["unknown"]) == (1, ["unknown"])
    assert done.returncode == 1
    assert await everything(acme.on, [mine])
    assert not await everything(acme.on, [theirs])


async def test_invalid_command_is_refused_with_a_status(acme):
    for arguments, stdin, says in (
        (["--event", "-"], "{}", "An event of redis-seeder is"),
        (["--event", "-"], "junk", "is not JSON"),
        ([], "", "ne of --event"),
        (["--verify", "--seed-all"], "", "ne of --event"),
    ):
        done = await asyncio.to_thread(aldea, acme.on, "redis-seeder", *arguments, stdin=stdin)
        assert done.returncode != 0
        assert says in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_memory_does_not_grow_with_orgs(postgres_url, sqs, monkeypatch, capsys):
    """
    All of them are valid afterwards.
    """
    import psutil

    await fill(postgres_url, orgs=MANY, keys=3)
    async with path(postgres_url, sqs) as on:
        for name, value in on.environ.items():
            monkeypatch.setenv(name, value)
        process = psutil.Process()
        peak: list[int] = []

        def run() -> dict:
            cold = ColdStart()
            try:
                before = process.memory_info().rss

                def report(_) -> None:
                    peak.append(process.memory_info().rss - before)

                return handler({"seed_all": True}, LocalContext(), cold_start=cold, report=report)
            finally:
                cold.close()

        began = time.monotonic()
        said = await asyncio.to_thread(run)
        with capsys.disabled():
            print(
                f"\n{MANY:,} orgs × 3 keys in {time.monotonic() - began:.1f} s, "
                f"{max(peak) / 2**20:.0f} MB more memory",
            )

        assert (said["orgs"], said["keys"]) == (MANY, MANY * 3)
        assert max(peak) < MOST_MB * 2**20
        verified = await answer(on.services, {"verify": True}, LocalContext(), lambda _: None)
        assert (verified["orgs"], verified["drift"]) == (MANY, {})
