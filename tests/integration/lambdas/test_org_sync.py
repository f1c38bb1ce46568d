"""org-sync on real servers: PostgreSQL, SQS and Redis."""

import asyncio
import signal
import time

import pytest

from tests.servers.services import serving
from tests.servers.sync_path import path

from aldea_core.protocol.org_message import org_message
from entrypoints.lambdas.cold_start import ColdStart
from entrypoints.lambdas.events import LocalContext
from entrypoints.lambdas.org_sync import handler
from entrypoints.settings import SettingsError


async def until(is_true, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not await is_true():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("cluster", [False, True], ids=["node", "cluster"])
async def test_poison_message_goes_to_the_dead_letter_queue(postgres_url, sqs, cluster):
    """
    After several deliveries; the other messages are handled meanwhile, and the queue is empty.
    """
    options = {"visibility_seconds": 1, "most_deliveries": 3}
    async with path(postgres_url, sqs, cluster=cluster, **options) as on:
        plain = on.sqs.connection()
        orgs = [await on.services.identity.create_org()(f"Org {n}") for n in range(5)]
        bodies = [org_message(org.id) for org in orgs]
        for body in [*bodies[:2], "poison", *bodies[2:], '{"org_id": {}}']:
            plain.send_message(QueueUrl=on.queue_url, MessageBody=body)
        aside: list[str] = []

        async def is_dealt_with() -> bool:
            aside.extend(on.put_aside())
            return len(aside) >= 2

        with serving("org-sync", **on.environ):
            await until(is_dealt_with)
        counts = plain.get_queue_attributes(QueueUrl=on.queue_url, AttributeNames=["All"])

        assert sorted(aside) == ["poison", '{"org_id": {}}']
        assert len(await on.keystore.entitlements_of_orgs([org.id for org in orgs])) == 5
        for name in ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"):
            assert counts["Attributes"][name] == "0"


async def test_sigterm_finishes_the_current_batch(postgres_url, sqs):
    """
    The next process goes on with the rest.
    """
    async with path(postgres_url, sqs, visibility_seconds=2) as on:
        orgs = [await on.services.identity.create_org()(f"Org {n}") for n in range(60)]
        await on.services.sync.org_queue().send([org.id for org in orgs])

        async def some() -> bool:
            return bool(await on.keystore.entitlements_of_orgs([org.id for org in orgs]))

        with serving("org-sync", **on.environ) as first:
            await until(some)
            first.process.send_signal(signal.SIGTERM)
            assert first.process.wait(15) == 0

        async def all_of_them() -> bool:
            return len(await on.keystore.entitlements_of_orgs([org.id for org in orgs])) == 60

        with serving("org-sync", **on.environ):
            await until(all_of_them)


async def test_failed_change_is_redelivered_at_once(postgres_url, sqs, tmp_path):
    """
    Not after the queue's visibility timeout of an hour.
    """
    async with path(postgres_url, sqs, visibility_seconds=3600) as on:
        org = await on.services.identity.create_org()("Acme")

        async def is_copied() -> bool:
            return org.id in await on.keystore.entitlements_of_orgs([org.id])

        async def failed() -> bool:
            return "org cannot be synced now" in (tmp_path / "log").read_text()

        with (
            (tmp_path / "log").open("w") as log,
            serving("org-sync", stderr=log.fileno(), **on.environ),
        ):
            on.nodes[0].freeze()
            await on.services.sync.org_queue().send([org.id])
            await until(failed)
            on.nodes[0].thaw()
            await until(is_copied)


async def test_clients_are_reused_between_events(postgres_url, sqs, monkeypatch):
    """
    Missing settings are a clear error.
    """
    async with path(postgres_url, sqs) as on:
        org = await on.services.identity.create_org()("Acme")
        event = {"Records": [{"messageId": "m", "body": org_message(org.id)}]}
        cold = ColdStart()

        def invoke() -> None:
            with pytest.raises(SettingsError, match="ALDEA_DATABASE_URL"):
                handler(event, LocalContext(), cold_start=cold)
            for name, value in on.environ.items():
                monkeypatch.setenv(name, value)
            for _ in range(3):
                answer = handler(event, LocalContext(), cold_start=cold)
                assert answer == {"batchItemFailures": []}
            cold.close()
            assert handler(event, LocalContext(), cold_start=cold) == {"batchItemFailures": []}
            cold.close()

        await asyncio.to_thread(invoke)
        assert org.id in await on.keystore.entitlements_of_orgs([org.id])
