"""The path from the database to the gateways' copy while every part of it breaks."""

import asyncio
import os
import random
import time

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import attrs
import pytest

from tests.servers.faulty_sqs import faulty_sqs
from tests.servers.services import serving
from tests.servers.sync_path import SyncPath, path
from tests.servers.watcher import Watcher

from adapters.sqs.client import SqsClient
from aldea_core.domain.access.keys import ApiKey, KeyDraft
from aldea_core.domain.access.limits import Limits, OrgStatus
from aldea_core.domain.access.orgs import GoneOrg, OrgSnapshot
from aldea_core.domain.errors import Unavailable
from aldea_core.domain.ids import KeyId, OrgId
from entrypoints.lambdas.cold_start import ColdStart
from entrypoints.lambdas.event_source import record_of
from entrypoints.lambdas.events import LocalContext
from entrypoints.lambdas.org_sync import handler
from entrypoints.lambdas.redis_seeder import answer


pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

IS_FULL = os.environ.get("TORTURE") == "full"
CHANGES = 1000 if IS_FULL else 200
ORGS = 40


@attrs.define
class Owners:
    """Those who change their orgs and keys, at random."""

    on: SyncPath
    watcher: Watcher
    rng: random.Random
    orgs: list[OrgId] = attrs.field(factory=list)
    live: dict[KeyId, ApiKey] = attrs.field(factory=dict)

    async def change(self) -> None:
        accounts, services = self.on.services.stores.accounts(), self.on.services
        work = self.rng.random()
        if len(self.orgs) < ORGS or work < 0.02:
            self.orgs.append((await services.identity.create_org()("Org")).id)
        elif work < 0.45:
            key, _ = await services.identity.create_key()(
                self.rng.choice(self.orgs), KeyDraft("key")
            )
            self.live[key.id] = key
        elif work < 0.85 and self.live:
            key = self.live.pop(self.rng.choice(list(self.live)))
            await services.identity.revoke_key()(key.org, key.id)
            await self._is_revoked(key)
        elif work < 0.92:
            limits = Limits(concurrent_live=self.rng.randrange(100))
            await accounts.set_limits(self.rng.choice(self.orgs), limits)
        elif work < 0.98:
            status = self.rng.choice(list(OrgStatus))
            await accounts.set_status(self.rng.choice(self.orgs), status)
        else:
            org = self.orgs.pop(self.rng.randrange(len(self.orgs)))
            await accounts.remove_org(org)
            for key in [key for key in self.live.values() if key.org == org]:
                del self.live[key.id]
                await self._is_revoked(key)

    async def _is_revoked(self, key: ApiKey) -> None:
        match await self._snapshot(key.org):
            case OrgSnapshot(entitlements=entitlements):
                self.watcher.revoked[key.hash] = key.org, entitlements.version
            case GoneOrg(version=version):
                self.watcher.revoked[key.hash] = key.org, version

    async def _snapshot(self, org: OrgId) -> OrgSnapshot | GoneOrg | None:
        services = self.on.services
        return await services.stores.accounts().snapshot(org, at=services.stores.clock().now())

    async def hold_back(self, until_over: Event) -> int:
        """Takes snapshots, and puts them when they are long outdated."""
        held: list[OrgSnapshot] = []
        late = 0
        while not until_over.is_set():
            org = self.rng.choice(self.orgs) if self.orgs else None
            if org is not None:
                taken = await self._snapshot(org)
                if isinstance(taken, OrgSnapshot):
                    held.append(taken)
            await asyncio.sleep(0.02)
            if len(held) > 20:
                await self.on.keystore.put(held.pop(self.rng.randrange(len(held))))
                late += 1
        for snapshot in held:
            await self.on.keystore.put(snapshot)
        return late + len(held)


def db_sync_that_dies(on: SyncPath, seed: int, is_over: Event, deaths: list[int]) -> None:
    """One of the copies: killed again and again until the changes are over, then left alone."""
    rng = random.Random(seed)
    while True:
        # Its slow sweep would repair changes that the path lost.
        with serving(
            "db-sync", may_die=True, ALDEA_RECONCILE_SECONDS="100000", **on.environ
        ) as service:
            if not is_over.wait(rng.uniform(0.3, 2.0)):
                service.process.kill()
                deaths.append(service.process.pid)
                continue
            while not on.is_quiet.wait(0.1):
                pass
            return


async def lambda_twice(source: SqsClient, seed: int, is_quiet: Event) -> int:
    """
    Invoked with every message twice, a while apart and in random order, as SQS may; what it did not
    fail at is deleted.
    """
    rng, cold, count = random.Random(seed), ColdStart(), 0
    with ThreadPoolExecutor(1) as thread:

        async def invoke(records) -> set[str]:
            loop = asyncio.get_running_loop()
            event = {"Records": rng.sample(records, len(records))}
            call = loop.run_in_executor(
                thread, lambda: handler(event, LocalContext(), cold_start=cold)
            )
            return {failure["itemIdentifier"] for failure in (await call)["batchItemFailures"]}

        again: list[dict] = []
        while not is_quiet.is_set() or again:
            try:
                taken = await source.receive(10, wait=1)
                failed = await invoke([record_of(each) for each in taken])
                done = [each.receipt for each in taken if each.id not in failed]
                count += len(done)
                again += [record_of(each) for each in taken]
                if len(again) > 30 or not taken:
                    rng.shuffle(again)
                    count += len(again)
                    while again:
                        await invoke(again[:10])
                        again = again[10:]
                if done:
                    await source.delete(done)
            except Unavailable:
                await asyncio.sleep(0.05)
        await asyncio.get_running_loop().run_in_executor(thread, cold.close)
    return count


async def until_all_is_delivered(on: SyncPath, queue_url: str) -> None:
    plain = on.sqs.connection()
    quiet_since = time.monotonic()
    while time.monotonic() - quiet_since < 2.5:
        await asyncio.sleep(0.1)
        waiting = await on.services.stores.changes().waiting()
        found = await asyncio.to_thread(
            plain.get_queue_attributes, QueueUrl=queue_url, AttributeNames=["All"]
        )
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        if waiting or any(int(found["Attributes"][name]) for name in names):
            quiet_since = time.monotonic()


@pytest.mark.parametrize("cluster", [False, True], ids=["node", "cluster"])
async def test_copy_converges_while_every_part_breaks(
    postgres_url, sqs, monkeypatch, capsys, cluster
):
    """
    Many changes (1,000 at full length); two copies of db-sync are killed and come back; SQS fails
    every third call; two Lambdas get every message twice and in random order; old snapshots are put
    late. In the end Redis says what PostgreSQL says, and at no time was a revoked key seen again.
    """
    monkeypatch.setenv("ALDEA_LOG_LEVEL", "error")
    options = {"visibility_seconds": 2, "most_deliveries": 1000}
    async with (
        path(postgres_url, sqs, cluster=cluster, **options) as direct,
        faulty_sqs(sqs.url) as faulty,
    ):
        url = faulty.of(direct.queue_url)
        on = direct.through(url)
        for name in ("ALDEA_DATABASE_URL", "ALDEA_REDIS_URL"):
            monkeypatch.setenv(name, on.environ[name])
        watcher = Watcher(on)
        owners = Owners(on, watcher, random.Random(7))
        is_over = Event()
        deaths: list[int] = []
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            seen_enough = asyncio.Event()
            group.create_task(watcher.watch(seen_enough))
            copies = [
                group.create_task(asyncio.to_thread(db_sync_that_dies, on, n, is_over, deaths))
                for n in range(2)
            ]
            lambdas = [
                group.create_task(lambda_twice(SqsClient(url), n, on.is_quiet)) for n in range(2)
            ]
            keystore_snapshot = group.create_task(owners.hold_back(is_over))
            try:
                changes = 0
                while changes < CHANGES or len(deaths) < 2:
                    await owners.change()
                    await asyncio.sleep(0.015)
                    changes += 1
                is_over.set()
                await keystore_snapshot
                await until_all_is_delivered(direct, direct.queue_url)
                on.is_quiet.set()
                for copy in copies:
                    await copy
                invoked = [await each for each in lambdas]
                seen = await watcher.look()
            finally:
                is_over.set()
                on.is_quiet.set()
                seen_enough.set()
        with capsys.disabled():
            print(
                f"\n{changes} changes, {len(watcher.revoked)} keys revoked, db-sync killed "
                f"{len(deaths)} times, {faulty.failed} of {faulty.calls} calls of SQS failed, "
                f"{sum(invoked)} messages, {keystore_snapshot.result()} old snapshots put late, "
                f"{watcher.looks} looks, in {time.monotonic() - began:.0f} s",
            )

        assert faulty.failed > 10
        assert not any(seen.values())
        assert watcher.gone["gateway"] == set(watcher.revoked)
        keys = {key.hash for key in owners.live.values()}
        assert set(await on.keystore.keys(keys)) == keys
        said = await answer(on.services, {"verify": True}, LocalContext(), lambda _: None)
        assert (said["drift"], said["orgs"]) == ({}, len(owners.orgs))
