"""Webhooks over HTTP, from adding an endpoint to a verified delivery, by the jobs of a backend."""

import attrs
import pytest

from standardwebhooks import Webhook, WebhookVerificationError
from tests.servers.backend import SETTINGS, backend
from tests.servers.waiting import until
from tests.servers.webhooks import receiver


@pytest.fixture(params=["memory", "sqlite"])
async def running(request, tmp_path):
    url = f"sqlite:///{tmp_path}/aldea.db" if request.param == "sqlite" else ""
    settings = attrs.evolve(SETTINGS, allow_private_urls=True, database_url=url)
    async with backend(settings) as running:
        yield running


@pytest.fixture
async def hook():
    async with receiver() as made:
        yield made


async def test_endpoint_gets_what_it_can_verify(running, hook):
    """
    With the secret that was shown once; a rotated one verifies beside it. The log says what became
    of each, and sends it again under its id.
    """
    ann = await running.person()
    at = f"/v1/orgs/{ann.org}/webhooks"
    made = (await ann.post(at, {"url": hook.url, "description": "ours"})).json
    endpoint, secret = made["endpoint"], made["secret"]
    assert secret not in (await ann.get(at)).text
    one = f"{at}/{endpoint['id']}"

    version = (await ann.get(one)).headers["ETag"]
    sent = (await ann.post(one + "/test")).json
    await until(lambda: _accepted(hook, 1))
    first = hook.accepted[0]
    said = Webhook(secret).verify(first.body, first.headers)
    assert (said["type"], said["org_id"]) == ("webhook.test", ann.org)
    assert said["id"] == first.id == sent["event_id"]
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(first.body + b" ", first.headers)

    log = f"{one}/deliveries/{sent['id']}"
    await until(lambda: _settled(ann, log))
    shown = (await ann.get(log)).json
    assert shown["delivery"]["status"] == "delivered"
    assert shown["body"] == said
    assert [each["answered"] for each in shown["attempts"]] == [204]

    # A delivery is no change of the endpoint, so that one that gets many can be changed.
    described = await ann.call("PATCH", one, {"description": "mine"}, If_Match=version)
    assert (described.status, described.json["description"]) == (200, "mine")
    rotated = (await ann.post(one + "/rotate", {"overlap_seconds": 600})).json
    assert rotated["secret"] != secret
    assert rotated["endpoint"]["old_secret_expires_at"]
    assert (await ann.post(log + "/resend")).status == 202
    await until(lambda: _accepted(hook, 2))
    again = hook.accepted[1]
    assert again.id == first.id
    for known in (secret, rotated["secret"]):
        assert Webhook(known).verify(again.body, again.headers) == said
    listed = (await ann.get(one + "/deliveries")).json["items"]
    assert [each["event_id"] for each in listed] == [first.id] * 2
    for endpoint in ((await ann.get(one)).json, (await ann.get(at)).json["items"][0]):
        assert endpoint["last_delivery"]["id"] == listed[0]["id"]


async def test_endpoint_is_changed_and_removed(running, hook):
    """
    Disabled, it takes no test; what is not sent stays as it is.
    """
    ann = await running.person()
    at = f"/v1/orgs/{ann.org}/webhooks"
    made = (await ann.post(at, {"url": hook.url, "events": ["invoice.issued"]})).json
    one = f"{at}/{made['endpoint']['id']}"

    changed = (await ann.change("PATCH", one, {"is_enabled": False})).json
    assert (changed["is_enabled"], changed["url"]) == (False, hook.url)
    assert changed["last_delivery"] is None
    assert changed["events"] == ["invoice.issued"]
    assert (await ann.post(one + "/test")).status == 409
    assert (await ann.change("PATCH", one, {"events": []})).json["events"] == []
    assert (await ann.call("DELETE", one)).status == 204
    assert (await ann.get(one)).status == 404
    assert (await ann.get(at)).json == {"items": [], "next": None}


async def test_what_is_no_endpoint_is_refused_with_the_reason(running):
    ann = await running.person()
    at = f"/v1/orgs/{ann.org}/webhooks"
    for body, field in (
        ({"url": "ftp://example.com/"}, "url"),
        ({"url": "https://exa mple.com/"}, "url"),
        ({"url": "https://example.com/", "events": ["webhook.test"]}, "events[]"),
        ({"url": "https://example.com/", "events": ["nope"]}, "events[]"),
        ({}, "url"),
    ):
        answer = await ann.post(at, body)
        assert answer.status in {400, 422}, answer.text
        assert field.strip("[]") in answer.text


async def test_every_type_has_an_example(running):
    ann = await running.person()

    types = (await ann.get("/v1/webhooks/event-types")).json["items"]

    assert len({each["type"] for each in types}) == len(types)
    assert all(each["example"]["type"] == each["type"] for each in types)
    assert all(each["description"] for each in types)


async def _accepted(hook, count: int) -> bool:
    return len(hook.accepted) >= count


async def _settled(person, path: str) -> bool:
    return (await person.get(path)).json["delivery"]["status"] != "pending"
