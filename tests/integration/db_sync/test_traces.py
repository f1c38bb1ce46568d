"""
One change of an org is one trace: from the dashboard through API, outbox, queue and Lambda to Redis.
"""

import asyncio

import aiohttp
import pytest

from tests.servers.collector import collector
from tests.servers.frontend import Browser
from tests.servers.services import serving
from tests.servers.sync_path import path


pytestmark = pytest.mark.slow

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


async def test_change_is_one_trace_from_the_dashboard_to_redis(postgres_url, sqs):
    """
    Though six processes take part, and a trigger of the database writes the outbox.
    """
    async with path(postgres_url, sqs) as on:
        with collector() as found:
            environ = {**on.environ, "ALDEA_TRACES_URL": found.url}
            with (
                serving("db-sync", **environ),
                serving("org-sync", **environ),
                serving("backend", ALDEA_CONFIRM_ADDRESSES="false", **environ) as backend,
                serving(
                    "frontend",
                    ALDEA_CONFIRM_ADDRESSES="false",
                    ALDEA_BACKEND_URL=backend.url,
                    ALDEA_TRACES_URL=found.url,
                ) as frontend,
            ):
                jar = aiohttp.CookieJar(unsafe=True)
                async with aiohttp.ClientSession(cookie_jar=jar) as client:
                    browser = await Browser(client, frontend.url).sign_up()
                    page = await browser.get(browser.at("/keys/new"))
                    made = await browser.post(
                        browser.at("/keys/new"),
                        headers={"traceparent": TRACEPARENT},
                        form_token=page.token,
                        once=page.once,
                        name="Traced",
                        may="transcribe",
                    )
                assert made.status == 200, made.text
                while not [step for step in found.of(TRACE) if step.name == "put org"]:
                    await asyncio.sleep(0.1)
            steps = {step.id: step for step in found.of(TRACE)}

    chain = [next(step for step in steps.values() if step.name == "put org")]
    while chain[0].parent in steps:
        chain.insert(0, steps[chain[0].parent])
    queue = on.queue_url.rpartition("/")[2]
    assert [(step.service, step.kind, step.name) for step in chain] == [
        ("frontend", "server", "POST /o/{org}/keys/new"),
        ("frontend", "client", "POST"),
        ("backend", "server", "POST /v1/orgs/{org}/keys"),
        ("db-sync", "producer", f"send {queue}"),
        ("org-sync", "consumer", "process org-sync"),
        ("org-sync", "client", "put org"),
    ]
    assert chain[0].parent == "00f067aa0ba902b7"
    assert not any(step.is_failed for step in steps.values())
    assert "org_" not in str(found.steps)  # no key
    assert browser.email not in str(found.steps)
