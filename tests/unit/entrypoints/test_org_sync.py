"""The org-sync Lambda over memory adapters."""

import pytest

from structlog.testing import capture_logs
from tests.servers.away import Away

from adapters.memory.accounts import MemoryAccounts
from adapters.memory.clock import ManualClock
from adapters.memory.keystore import MemoryKeystore
from adapters.memory.randomness import SeededRandomness
from aldea_core.domain.errors import Unavailable
from aldea_core.domain.ids import OrgId
from aldea_core.protocol.org_message import org_message
from aldea_core.use_cases.access.create_org import CreateOrg
from aldea_core.use_cases.sync.sync_orgs import SyncOrg
from entrypoints.lambdas.events import BadEvent, LocalContext
from entrypoints.lambdas.org_sync import sync_batch


class World:
    def __init__(self) -> None:
        self.clock = ManualClock()
        self.accounts = MemoryAccounts()
        self.mirror = MemoryKeystore()
        self.away = Away(self.accounts)
        self.create_org = CreateOrg(self.accounts, SeededRandomness(), self.clock)
        self.sync = SyncOrg(self.away, self.mirror, self.clock)

    async def failed(self, *bodies) -> list[str]:
        records = [{"messageId": f"m{n}", "body": body} for n, body in enumerate(bodies)]
        answer = await sync_batch(self.sync, {"Records": records})
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


@pytest.fixture
def world():
    return World()


async def test_orgs_are_copied(world):
    """
    Each once, however many messages name it.
    """
    first, second = await world.create_org("First"), await world.create_org("Second")
    bodies = [org_message(first.id), org_message(second.id), org_message(first.id)]

    assert await world.failed(*bodies) == []
    assert set(await world.mirror.entitlements_of_orgs([first.id, second.id])) == {
        first.id,
        second.id,
    }
    assert world.away.calls == 2


@pytest.mark.parametrize("junk", ["junk", "{}", '{"org_id": "{}"}', None, 5])
async def test_unreadable_message_fails_alone(world, junk):
    """
    The log names its id, and the other messages' orgs are copied.
    """
    org = await world.create_org("Acme")
    with capture_logs() as logs:
        assert await world.failed(junk, org_message(org.id)) == ["m0"]

    assert set(await world.mirror.entitlements_of_orgs([org.id])) == {org.id}
    said = next(line for line in logs if line["log_level"] == "error")
    assert (said["event"], said["message"]) == ("message cannot be read", "m0")
    assert said["reason"].startswith("the ")


async def test_failed_org_fails_its_messages_only(world):
    """
    All messages that name it, whatever the error.
    """
    org = await world.create_org("Acme")
    snapshot = world.accounts.snapshot

    async def stumble(org, *, at):
        if org == "bad":
            raise RuntimeError("a bug")
        return await snapshot(org, at=at)

    world.accounts.snapshot = stumble
    bad = org_message(OrgId("bad"))
    with capture_logs() as logs:
        assert await world.failed(bad, org_message(org.id), bad) == ["m0", "m2"]
    assert "org cannot be synced" in {line["event"] for line in logs}

    world.away.is_away = True
    assert await world.failed(org_message(org.id)) == ["m0"]


class Queue:
    def __init__(self) -> None:
        self.delays: dict[str, int] = {}
        self.is_away = False

    async def release(self, delays) -> None:
        if self.is_away:
            raise Unavailable("queue")
        self.delays |= delays


async def test_failed_message_is_redelivered_with_backoff(world):
    """
    Soon after the first failure, later after more; unreadable ones keep the queue's timeout.
    """
    org, queue = await world.create_org("Acme"), Queue()
    counts = ("1", "2", "3", "4", "9", None, "x")
    records = [
        {
            "messageId": f"m{n}",
            "receiptHandle": f"r{n}",
            "body": org_message(org.id),
            "attributes": {} if count is None else {"ApproximateReceiveCount": count},
        }
        for n, count in enumerate(counts)
    ]
    records += [{"messageId": "junk", "receiptHandle": "rj", "body": "junk"}]
    event = {"Records": records}
    world.away.is_away = True

    failed = await sync_batch(world.sync, event, queue)
    assert len(failed["batchItemFailures"]) == len(records)
    assert queue.delays == {"r0": 0, "r1": 5, "r2": 60, "r3": 120, "r4": 120, "r5": 0, "r6": 0}
    queue.is_away = True
    assert await sync_batch(world.sync, event, queue) == failed
    world.away.is_away = False
    queue.delays.clear()
    await sync_batch(world.sync, event, queue)
    assert queue.delays == {}


@pytest.mark.parametrize(
    "event", [None, [], {}, {"Records": 5}, {"Records": [{}]}, {"Records": [{"messageId": ""}]}]
)
async def test_invalid_event_fails_as_a_whole(world, event):
    """
    It has no message ids to report.
    """
    with capture_logs() as logs, pytest.raises(BadEvent):
        await sync_batch(world.sync, event)

    assert logs[0]["event"] == "event cannot be read"


def test_remaining_time_is_never_negative():
    assert 899_000 < LocalContext().get_remaining_time_in_millis() <= 900_000
    assert LocalContext(0).get_remaining_time_in_millis() == 0
