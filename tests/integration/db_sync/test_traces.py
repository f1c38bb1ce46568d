"""One change of an org is one trace: from the API through outbox, queue and Lambda to Redis."""

import asyncio

import aiohttp
import pytest

from tests.servers.collector import collector
from tests.servers.services import serving
from tests.servers.sync_path import path

from aldea_core.domain.access.keys import KeySecret


pytestmark = pytest.mark.slow

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


async def test_change_is_one_trace_from_the_api_to_redis(postgres_url, sqs):
    """
    Though five processes take part, and a trigger of the database writes the outbox.
    """
    async with path(postgres_url, sqs) as on:
        org = await on.services.identity.create_org()("Acme")
        _, secret = await on.services.identity.create_key()(
            org.id, "key", scopes=frozenset({"keys:write", "usage:write"})
        )
        with collector() as found:
            environ = {**on.environ, "ALDEA_TRACES_URL": found.url}
            with (
                serving("db-sync", **environ),
                serving("org-sync", **environ),
                serving("backend", **environ) as backend,
            ):
                made = await make_key(backend.url, org.id, secret.reveal())
                while not await on.keystore.keys([made.hash]):
                    await asyncio.sleep(0.1)
            steps = found.of(TRACE)

    queue = on.queue_url.rpartition("/")[2]
    assert [(step.service, step.kind, step.name) for step in steps] == [
        ("backend", "server", "POST /v1/projects/{project}/keys"),
        ("db-sync", "producer", f"send {queue}"),
        ("org-sync", "consumer", "process org-sync"),
        ("org-sync", "client", "put org"),
    ]
    assert [step.parent for step in steps] == [
        "00f067aa0ba902b7",
        *(step.id for step in steps[:-1]),
    ]
    assert not any(step.is_failed for step in steps)
    assert secret.reveal() not in str(found.steps)


async def make_key(url: str, org: str, key: str) -> KeySecret:
    headers = {"Authorization": f"Token {key}", "traceparent": TRACEPARENT}
    wanted = {"comment": "traced", "scopes": ["usage:write"]}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(f"{url}/v1/projects/{org}/keys", json=wanted) as answer,
    ):
        assert answer.status == 200, await answer.text()
        found = KeySecret.parse((await answer.json())["key"])
    assert found is not None
    return found
