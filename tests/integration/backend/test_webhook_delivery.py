"""Events are delivered to the endpoints that want them, once each in the end."""

import json

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import attrs
import pytest

from standardwebhooks import Webhook
from tests.servers.webhooks import ACME, WebhookWorld, receiver

from adapters.guarded_http.client import GuardedClient
from adapters.guarded_http.guard import Guard
from adapters.guarded_http.webhook_sender import WebWebhookSender
from adapters.local_servers.server import free_port
from aldea_core.domain.errors import BadRequest
from aldea_core.domain.notifications.events import EventType
from aldea_core.domain.notifications.webhooks import PAUSES, DeliveryStatus
from aldea_core.use_cases.notifications.deliver_webhooks import DeliverWebhooks


@pytest.fixture
async def world():
    made = WebhookWorld()
    yield made
    await made.close()


@pytest.fixture
async def hook():
    async with receiver() as made:
        yield made


def is_signed(one, secret) -> bool:
    """Whether the official package would have made the same signature."""
    at = datetime.fromtimestamp(int(one.headers["webhook-timestamp"]), UTC)
    expected = Webhook(secret.reveal()).sign(one.id, at, one.body.decode())
    return expected in one.headers["webhook-signature"].split(" ")


async def test_receiver_that_was_down_gets_every_event_once(world, hook):
    """
    Each signed, and with the id that it had at the first attempt.
    """
    endpoint = await world.add(ACME, hook.url)
    hook.answers = 503
    events = [await world.happen(total=n) for n in range(12)]
    await world.run()
    tried = {one.id for one in hook.received}
    hook.answers = 200
    await world.until_settled(endpoint)

    assert tried == {event.id for event in events}
    assert sorted(one.id for one in hook.accepted) == sorted(event.id for event in events)
    assert all(is_signed(one, endpoint.secret) for one in hook.received)
    bodies = {one.id: json.loads(one.body) for one in hook.accepted}
    for n, event in enumerate(events):
        assert bodies[event.id] == {
            "id": event.id,
            "type": "invoice.issued",
            "timestamp": "2026-11-01T00:00:00.000Z",
            "org_id": ACME,
            "data": {"total": n},
        }
    assert await world.run() == 0
    assert (await world.endpoints.find(ACME, endpoint.id)).failing_since is None


async def test_pauses_grow_until_the_delivery_fails(world, hook):
    """
    After three days; the org gets a notice once a day, an event that this endpoint does not get.
    """
    endpoint = await world.add(ACME, hook.url)
    other = await world.add(ACME, hook.url, events=[EventType.WEBHOOK_FAILED])
    hook.answers, hook.text = 500, "no\x00pe" * 1000
    began = world.clock.now()
    await world.happen()
    await world.happen()
    await world.until_settled(endpoint)
    await world.run()

    newest, oldest = await world.deliveries.of_endpoint(endpoint.id)
    attempts = await world.deliveries.attempts(oldest.id)
    pauses = [two.at - one.at for one, two in pairwise(attempts)]
    assert pauses == list(PAUSES)
    assert timedelta(days=2.9) < world.clock.now() - began < timedelta(days=3)
    assert {newest.status, oldest.status} == {DeliveryStatus.FAILED}
    assert (oldest.answered, oldest.problem) == (500, "It answers 500.")
    assert len(attempts[0].response) == 1024
    assert "\x00" not in attempts[0].response
    (notice,) = await world.deliveries.of_endpoint(other.id)
    assert notice.type is EventType.WEBHOOK_FAILED
    assert (await world.events.of_ids([notice.event]))[notice.event].data["event_id"] in {
        oldest.event,
        newest.event,
    }


async def test_redirect_is_not_followed(world, hook):
    endpoint = await world.add(ACME, hook.url)
    hook.answers, hook.headers = 302, {"Location": "/elsewhere"}
    await world.happen()
    await world.run()

    (delivery,) = await world.deliveries.of_endpoint(endpoint.id)
    assert (delivery.status, delivery.answered) == (DeliveryStatus.PENDING, 302)
    assert len(hook.received) == 1


async def test_receiver_that_refuses_connections_is_tried_again(world):
    endpoint = await world.add(ACME, f"http://127.0.0.1:{free_port()}/")
    await world.happen()
    await world.run()

    (delivery,) = await world.deliveries.of_endpoint(endpoint.id)
    assert (delivery.answered, delivery.attempts) == (None, 1)
    assert delivery.problem == "The URL could not be reached: the connection failed."


async def test_rotated_secret_signs_beside_the_new_one(world, hook):
    """
    For as long as the overlap lasts.
    """
    before = await world.add(ACME, hook.url)
    after = await world.rotate(ACME, before.id, overlap=timedelta(hours=1))
    await world.happen()
    await world.run()
    world.clock.advance(3600)
    await world.happen()
    await world.run()

    during, later = hook.received
    assert is_signed(during, before.secret)
    assert is_signed(during, after.secret)
    assert is_signed(later, after.secret)
    assert not is_signed(later, before.secret)
    at_once = await world.rotate(ACME, before.id, overlap=timedelta(0))
    assert at_once.secrets(at=world.clock.now()) == (at_once.secret,)
    with pytest.raises(BadRequest):
        await world.rotate(ACME, before.id, overlap=timedelta(days=8))


async def test_private_and_plain_addresses_are_refused(world, hook):
    """
    When an endpoint is added or changed, and again whenever something is sent to it.
    """
    async with _guarded() as client:
        sender = WebWebhookSender(client, world.clock)
        add = attrs.evolve(world.add, webhook_sender=sender)
        change = attrs.evolve(world.change, webhook_sender=sender)
        known = await world.add(ACME, hook.url)
        for url in (
            "http://example.com/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://10.1.2.3/",
            "https://169.254.169.254/latest",
            "https://example.com:22/",
            "https://user:secret@example.com/",
            "ftp://example.com/",
        ):
            with pytest.raises(BadRequest) as refused:
                await add(ACME, url)
            assert refused.value.field == "url"
            with pytest.raises(BadRequest):
                await change(ACME, known.id, url=url)
        await world.happen()
        await world.dispatch()
        deliver = attrs.evolve(world.deliver, webhook_sender=sender)
        assert isinstance(deliver, DeliverWebhooks)
        await deliver()

    assert not hook.received
    (delivery,) = await world.deliveries.of_endpoint(known.id)
    assert delivery.attempts == 1


@asynccontextmanager
async def _guarded():
    client = GuardedClient(Guard())
    yield client
    await client.close()
