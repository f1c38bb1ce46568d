"""The SQS adapter keeps its port's promises, on a real server over HTTP."""

import asyncio
import json

import pytest

from tests.contract.queue import OrgQueueContract
from tests.servers.sqs import fresh_queue

from adapters.local_servers.server import free_port
from adapters.sqs.client import BadQueueUrl, SqsClient
from adapters.sqs.queue import SqsOrgQueue
from aldea_core.domain.errors import Unavailable
from aldea_core.domain.ids import OrgId


_VISIBLE_AGAIN = 2


class TestSqsOrgQueue(OrgQueueContract):
    @pytest.fixture
    def url(self, sqs):
        return fresh_queue(sqs, visibility_seconds=_VISIBLE_AGAIN)

    @pytest.fixture
    def queue(self, url):
        return SqsOrgQueue(SqsClient(url))

    @pytest.fixture
    def lose_taken(self):
        async def lose() -> None:
            await asyncio.sleep(_VISIBLE_AGAIN + 0.1)

        return lose

    async def test_unreadable_message_is_set_aside(self, sqs):
        """
        The other messages are received.
        """
        url = fresh_queue(sqs, visibility_seconds=0, most_deliveries=2)
        plain = sqs.connection()
        plain.send_message(QueueUrl=url, MessageBody="junk")
        plain.send_message(QueueUrl=url, MessageBody='{"org_id": 5}')
        queue = SqsOrgQueue(SqsClient(url))
        await queue.send([OrgId("good")])

        received = [message for _ in range(6) for message in await queue.receive(10)]
        assert {message.org for message in received} == {"good"}
        aside = plain.receive_message(QueueUrl=f"{url}-dlq", MaxNumberOfMessages=10)["Messages"]
        assert {"junk", '{"org_id": 5}'} <= {message["Body"] for message in aside}

    async def test_refused_batch_entry_is_reported_as_unsent(self, queue, sqs):
        """
        Here it is too large.
        """
        too_large = OrgId("x" * 1_100_000)
        with pytest.raises(Unavailable):
            await queue.send([too_large])
        orgs = [OrgId(str(n)) for n in range(10)]

        assert list(await queue.send([*orgs, too_large])) == orgs


async def test_absent_queue_is_unavailable_for_every_call():
    queue = SqsOrgQueue(SqsClient(f"http://127.0.0.1:{free_port()}/1/queue"))
    with pytest.raises(Unavailable, match="queue") as away:
        await queue.send([OrgId("a")])
    assert "127.0.0.1" in away.value.why
    with pytest.raises(Unavailable):
        await queue.receive(1)


async def test_message_is_json_with_the_org_id(sqs, org_sync_queue_url):
    await SqsOrgQueue(SqsClient(org_sync_queue_url)).send([OrgId("acme")])
    found = sqs.connection().receive_message(QueueUrl=org_sync_queue_url)["Messages"]

    assert json.loads(found[0]["Body"]) == {"org_id": "acme"}


@pytest.mark.parametrize("url", ["", "queue", "https://", "https://host", "redis://host/1/q"])
def test_invalid_queue_url_is_refused_at_start(url):
    with pytest.raises(BadQueueUrl, match="https://"):
        SqsClient(url)


@pytest.mark.parametrize(
    ("host", "region"),
    [("sqs.eu-west-1.amazonaws.com", "eu-west-1"), ("us-west-2.queue.amazonaws.com", "us-west-2")],
)
def test_region_is_read_from_the_url(sqs, host, region):
    connection = SqsClient(f"https://{host}/1/queue")._connect()

    assert connection.meta.region_name == region
