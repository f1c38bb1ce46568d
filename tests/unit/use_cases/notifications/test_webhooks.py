"""Endpoints of webhooks, and which events are sent to them, without a network."""

from datetime import timedelta
from functools import partial

import pytest

from tests.servers.webhooks import ACME, SentHere, WebhookWorld

from aldea_core.domain.errors import BadRequest, Conflict, NotFound
from aldea_core.domain.notifications.events import EventType
from aldea_core.domain.notifications.webhooks import FAILING_AT_MOST, PAUSES, DeliveryStatus
from aldea_core.use_cases.notifications.change_endpoint import MOST_ENDPOINTS


URL = "https://receiver.example/hook"


@pytest.fixture
def sender():
    return SentHere()


@pytest.fixture
async def world(sender):
    made = WebhookWorld(sender)
    yield made
    await made.close()


async def test_endpoint_gets_the_types_it_wants(world, sender):
    """
    All, or those it names; none of another org, none while it is disabled, and tests on request.
    """
    every = await world.add(ACME, URL + "/every")
    paid = await world.add(ACME, URL + "/paid", events=[EventType.INVOICE_PAID])
    await world.add("other", URL + "/other")
    off = await world.add(ACME, URL + "/off")
    await world.change(ACME, off.id, is_enabled=False)

    await world.happen(EventType.INVOICE_ISSUED)
    await world.happen(EventType.INVOICE_PAID)
    await world.run()
    await world.send_test(ACME, paid.id)
    await world.run()

    types = {
        each.id: sorted(one.type.value for one in await world.deliveries.of_endpoint(each.id))
        for each in (every, paid, off)
    }
    assert types == {
        every.id: ["invoice.issued", "invoice.paid"],
        paid.id: ["invoice.paid", "webhook.test"],
        off.id: [],
    }
    assert len(sender.sent) == 4


async def test_endpoint_that_fails_for_days_is_disabled(world, sender):
    """
    Enabled again, it counts as working, and gets what was pending.
    """
    endpoint = await world.add(ACME, URL)
    sender.answers = 500
    await world.happen()
    await world.run()
    world.clock.advance(FAILING_AT_MOST.total_seconds())
    pending = await world.happen()
    await world.run()

    known = await world.endpoints.find(ACME, endpoint.id)
    assert not known.is_enabled
    types = [each.type for each in await world.events.of_org(ACME)]
    assert types.count(EventType.WEBHOOK_DISABLED) == 1
    world.clock.advance(3600)
    assert await world.run() == 0

    sender.answers = 200
    enabled = await world.change(ACME, endpoint.id, is_enabled=True)
    await world.run()
    assert enabled.failing_since is None
    assert pending.id in sender.ids[-2:]


async def test_endpoint_that_took_another_event_of_the_batch_stays_enabled(world, sender):
    """
    It works again after days, though it is not yet quick enough for everything.
    """
    endpoint = await world.add(ACME, URL)
    await world.endpoints.set_failing(endpoint.id, world.clock.now() - FAILING_AT_MOST)
    for _ in range(2):
        await world.happen()
    sender.answers_in_turn = [204, 503]
    await world.run()

    known = await world.endpoints.find(ACME, endpoint.id)
    assert known.is_enabled
    assert known.failing_since == world.clock.now()


async def test_event_that_was_sent_to_an_address_of_before_says_nothing_of_the_new_one(
    world, sender
):
    """
    A person changes it while the old one answers that it is gone.
    """
    endpoint = await world.add(ACME, URL)
    await world.happen()
    sender.answers = 410
    sender.meanwhile = partial(world.change, ACME, endpoint.id, url=URL + "/new")
    await world.run()

    assert (await world.endpoints.find(ACME, endpoint.id)).is_enabled


async def test_endpoint_that_a_person_disables_meanwhile_is_not_said_to_fail(world, sender):
    """
    Nor by an event: nothing is sent to it, and enabled again it counts as working.
    """
    endpoint = await world.add(ACME, URL)
    await world.happen()
    sender.answers = 410
    sender.meanwhile = partial(world.change, ACME, endpoint.id, is_enabled=False)
    await world.run()

    (delivery,) = await world.deliveries.of_endpoint(endpoint.id)
    assert delivery.answered == 410
    assert (await world.endpoints.find(ACME, endpoint.id)).failing_since is None
    events = await world.events.of_org(ACME)
    assert [each.type for each in events] == [EventType.INVOICE_ISSUED]


async def test_endpoint_that_is_gone_is_disabled_at_once(world, sender):
    """
    With 410 it says so itself.
    """
    endpoint = await world.add(ACME, URL)
    sender.answers = 410
    await world.happen()
    await world.run()

    (delivery,) = await world.deliveries.of_endpoint(endpoint.id)
    assert delivery.status is DeliveryStatus.FAILED
    assert not (await world.endpoints.find(ACME, endpoint.id)).is_enabled


async def test_event_is_sent_again_with_its_id(world, sender):
    """
    To an enabled endpoint that had it.
    """
    endpoint = await world.add(ACME, URL)
    event = await world.happen()
    await world.run()
    (delivery,) = await world.deliveries.of_endpoint(endpoint.id)
    again = await world.send_again(ACME, endpoint.id, delivery.id)
    await world.run()

    assert sender.ids == [event.id, event.id]
    assert again.id != delivery.id
    other = await world.add(ACME, URL)
    for unknown in ((endpoint.id, "none"), (other.id, delivery.id)):
        with pytest.raises(NotFound, match="no such delivery"):
            await world.send_again(ACME, *unknown)
    await world.events.forget(before=world.clock.now() + timedelta(days=1))
    with pytest.raises(NotFound, match="no longer kept"):
        await world.send_again(ACME, endpoint.id, delivery.id)
    await world.change(ACME, endpoint.id, is_enabled=False)
    with pytest.raises(Conflict, match="is disabled"):
        await world.send_again(ACME, endpoint.id, delivery.id)
    with pytest.raises(Conflict, match="is disabled"):
        await world.send_test(ACME, endpoint.id)


async def test_org_has_few_endpoints(world):
    for n in range(MOST_ENDPOINTS):
        await world.add(ACME, f"https://example.com/{n}")

    with pytest.raises(Conflict, match="at most 20"):
        await world.add(ACME, "https://example.com/more")
    await world.add("other", "https://example.com/")


async def test_delivery_of_a_forgotten_event_fails(world, sender):
    """
    It was pending at a disabled endpoint for months.
    """
    endpoint = await world.add(ACME, URL)
    await world.happen()
    await world.dispatch()
    await world.events.forget(before=world.clock.now() + timedelta(days=1))
    await world.run()

    (delivery,) = await world.deliveries.of_endpoint(endpoint.id)
    assert delivery.problem == "The event is no longer kept."
    assert not sender.sent


async def test_subscription_to_tests_is_refused(world):
    """
    They are sent on request alone.
    """
    endpoint = await world.add(ACME, URL)
    for work in (
        world.add(ACME, URL, events=[EventType.WEBHOOK_TEST]),
        world.change(ACME, endpoint.id, events=[EventType.WEBHOOK_TEST]),
    ):
        with pytest.raises(BadRequest, match="on request alone") as refused:
            await work
        assert refused.value.field == "events"
    assert await world.endpoints.of_org(ACME) == [endpoint]


async def test_refused_address_is_not_stored(world):
    with pytest.raises(BadRequest, match="https") as refused:
        await world.add(ACME, "http://receiver.example/")
    assert refused.value.field == "url"
    endpoint = await world.add(ACME, URL)
    with pytest.raises(BadRequest, match="https"):
        await world.change(ACME, endpoint.id, url="ftp://receiver.example/")
    assert await world.endpoints.of_org(ACME) == [endpoint]


async def test_change_leaves_what_is_not_named(world, sender):
    """
    Another address counts as working.
    """
    endpoint = await world.add(ACME, URL, description="ours", events=[EventType.INVOICE_ISSUED])
    sender.answers = 500
    await world.happen()
    await world.run()
    failing = await world.endpoints.find(ACME, endpoint.id)
    assert failing.failing_since == world.clock.now()

    same = await world.change(ACME, endpoint.id, url=URL, description="theirs")
    assert (same.failing_since, same.description) == (failing.failing_since, "theirs")
    assert (same.events, same.secret) == (endpoint.events, endpoint.secret)
    moved = await world.change(ACME, endpoint.id, url=URL + "/new", events=[])
    assert (moved.url, moved.failing_since, moved.events) == (URL + "/new", None, frozenset())
    assert (await world.endpoints.find(ACME, endpoint.id)) == moved


async def test_endpoint_of_another_org_is_not_found(world):
    theirs = await world.add("other", URL)
    for work in (
        world.change(ACME, theirs.id, description="x"),
        world.rotate(ACME, theirs.id, overlap=timedelta(0)),
        world.send_test(ACME, theirs.id),
        world.send_again(ACME, theirs.id, "any"),
    ):
        with pytest.raises(NotFound, match="no such endpoint"):
            await work
    assert await world.endpoints.of_org("other") == [theirs]


@pytest.mark.parametrize("overlap", [timedelta(seconds=-1), timedelta(days=7, seconds=1)])
async def test_overlap_of_secrets_is_bounded(world, overlap):
    endpoint = await world.add(ACME, URL)
    with pytest.raises(BadRequest, match="seven days") as refused:
        await world.rotate(ACME, endpoint.id, overlap=overlap)
    assert refused.value.field == "overlap_seconds"


async def test_both_secrets_sign_during_the_overlap(world, sender):
    """
    One signature each, the newest first; afterwards one.
    """
    endpoint = await world.add(ACME, URL)
    rotated = await world.rotate(ACME, endpoint.id, overlap=timedelta(days=7))
    counts = []
    for _ in range(2):
        await world.happen()
        await world.run()
        counts.append(len(sender.sent[-1].headers["webhook-signature"].split(" ")))
        world.clock.advance(timedelta(days=7).total_seconds())

    assert rotated.secret != endpoint.secret
    assert counts == [2, 1]
    assert (await world.rotate(ACME, endpoint.id, overlap=timedelta(0))).old_secret is None


async def test_repeated_rotation_does_not_end_the_secret_that_the_receiver_has(world):
    """
    An overlap of none, by which both end, is asked for on purpose.
    """
    endpoint = await world.add(ACME, URL)
    rotated = await world.rotate(ACME, endpoint.id, overlap=timedelta(days=1))
    with pytest.raises(Conflict, match="replaced already"):
        await world.rotate(ACME, endpoint.id, overlap=timedelta(days=1))

    assert await world.endpoints.find(ACME, endpoint.id) == rotated
    last = await world.rotate(ACME, endpoint.id, overlap=timedelta(0))
    assert last.secrets(at=world.clock.now()) == (last.secret,)


async def test_failed_delivery_is_an_event_for_other_endpoints(world, sender):
    """
    Once a day for each endpoint, with the problem; the endpoint that fails gets no more for it.
    """
    endpoint = await world.add(ACME, URL)
    sender.answers = 503
    events = [await world.happen() for _ in range(2)]
    await world.until_settled(endpoint)
    notices = [
        event for event in await world.events.of_org(ACME) if event.type is EventType.WEBHOOK_FAILED
    ]

    (notice,) = notices
    assert notice.data["event_id"] in {event.id for event in events}
    assert {**notice.data, "event_id": ""} == {
        "endpoint_id": endpoint.id,
        "event_id": "",
        "event_type": "invoice.issued",
        "attempts": len(PAUSES) + 1,
        "problem": "It answers 503.",
    }
    assert notice.id not in sender.ids
    (first, *_) = await world.deliveries.of_endpoint(endpoint.id)
    assert (first.status, first.next) == (DeliveryStatus.FAILED, None)


async def test_accepted_delivery_ends_the_time_of_failing(world, sender):
    endpoint = await world.add(ACME, URL)
    sender.answers, sender.text = None, ""
    await world.happen()
    await world.run()
    assert (await world.endpoints.find(ACME, endpoint.id)).failing_since is not None
    sender.answers = 200
    world.clock.advance(PAUSES[0].total_seconds())

    assert await world.run() == 1
    assert (await world.endpoints.find(ACME, endpoint.id)).failing_since is None
    (delivery,) = await world.deliveries.of_endpoint(endpoint.id)
    assert [one.answered for one in await world.deliveries.attempts(delivery.id)] == [None, 200]


async def test_test_goes_to_one_endpoint(world, sender):
    """
    Not to the others, and not by email.
    """
    endpoint = await world.add(ACME, URL)
    await world.add(ACME, URL + "/other")
    delivery = await world.send_test(ACME, endpoint.id)
    await world.run()

    assert sender.ids == [delivery.event]
    assert sender.sent[0].url == URL
    assert await world.deliveries.of_endpoint(endpoint.id) != []
