"""Open sessions on the dashboard: they arrive and leave by themselves, and one is ended."""

import asyncio

from contextlib import AsyncExitStack

import aiohttp
import pytest

from tests.servers.frontend import frontend
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from entrypoints.http import server


async def test_page_of_nothing_says_so(site):
    ann = await site.person()

    page = await ann.get(ann.at("/live"))

    assert page.status == 200
    assert "No session is open" in page.text


async def test_events_begin_with_a_snapshot(site):
    ann = await site.person()

    async with ann.client.get(site.url + ann.at("/live/events")) as answer:
        first = await answer.content.readline()

    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert first == b"event: snapshot\n"


async def test_open_events_do_not_hold_up_the_end(fast_passwords, monkeypatch):
    """
    Of the dashboard, and of the backend behind it.
    """
    monkeypatch.setattr(server, "_SHUTDOWN_SECONDS", 600)
    async with asyncio.timeout(60), AsyncExitStack() as watching, frontend() as site:
        ann = await site.person()
        (cookie,) = ann.client.cookie_jar
        client = await watching.enter_async_context(aiohttp.ClientSession())
        events = site.url + ann.at("/live/events")
        answer = await client.get(events, cookies={cookie.key: cookie.value})
        assert await answer.content.readline() == b"event: snapshot\n"


async def test_events_are_for_members(site):
    ann, eve = await site.person("ann"), await site.person("eve")

    assert (await eve.get(ann.at("/live/events"))).status == 404
    assert (await eve.get(ann.at("/live"))).status == 404


async def test_session_that_is_not_open_cannot_be_ended(site):
    ann = await site.person()

    asked = await ann.get(ann.at("/live/none/end"))
    sent = await ann.send(ann.at("/live/none/end"), page=ann.at("/live"))

    assert asked.status == 404
    assert sent.headers["Location"] == ann.at("/live")


@pytest.fixture
def stream(dashboard):
    """A live stream, opened with the deployment's first key."""
    url = f"{dashboard.websocket}/v1/listen?encoding=linear16&sample_rate=16000"
    with connect(url, additional_headers=dashboard.auth) as stream:
        stream.send(bytes(32_000))
        yield stream


def test_stream_arrives_and_is_ended(owner, request):
    """
    Without a new page: the row comes, its session is ended, and the row goes.
    """
    page = owner
    page.get_by_role("link", name="Live").click()
    page.locator(".state-ok", has_text="Live").wait_for()

    stream = request.getfixturevalue("stream")
    session = stream.response.headers["dg-request-id"]
    row = page.locator(f'tr[data-id="{session}"]')
    row.wait_for()
    row.get_by_role("link", name="End session").click()
    page.get_by_role("button", name="End session").click()
    page.get_by_text(f"Session {session[:8]} ends within 5 seconds.").wait_for()

    with pytest.raises(ConnectionClosed) as closed:
        while True:
            stream.recv()
    assert closed.value.rcvd.code == 4004
    row.wait_for(state="detached")
