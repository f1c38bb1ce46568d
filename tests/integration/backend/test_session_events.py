"""Open sessions as server-sent events, over HTTP."""

import asyncio
import json

import attrs
import pytest

from dependency_injector import providers
from tests.contract.values import FAR_OFF, lease
from tests.servers.backend import backend

from adapters.memory.clock import ManualClock
from aldea_core.domain.access.limits import Entitlements
from aldea_core.domain.access.people import Membership, Role
from aldea_core.domain.ids import OrgId, UserId
from entrypoints.containers.resources import OrgResources
from entrypoints.containers.stores import Stores
from entrypoints.runtime.session_feed import SessionFeeds


@pytest.fixture
def clock():
    clock = ManualClock()
    with Stores.clock.override(providers.Object(clock)):
        yield clock


@pytest.fixture
async def running(clock, monkeypatch):
    """With feeds that do not wait."""
    monkeypatch.setattr(SessionFeeds.__init__, "__defaults__", (0.001, 0.01))
    async with backend() as running:
        yield running


class Events:
    """The events of a response, as an EventSource reads them."""

    def __init__(self, response) -> None:
        self.response = response
        self.last_id = ""

    async def next(self):
        """The kind and the data of the next event; None at the end."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(60):
            async for line in self.response.content:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name:
                    fields[name] = value
                elif "data" in fields:
                    self.last_id = fields["id"]
                    return fields["event"], json.loads(fields["data"])
        return None

    async def end(self) -> None:
        while await self.next() is not None:
            pass


def watch(running, person, path="", **headers):
    where = path or f"/v1/orgs/{person.org}/sessions/events"
    return running.client.get(where, headers={"Authorization": f"Bearer {person.token}", **headers})


async def admit(running, org: str, session: str):
    leases, now = running.services.stores.leases(), running.services.stores.clock().now()
    held = lease(session, org=OrgId(org), at=now, expires=FAR_OFF)
    await leases.admit(held, Entitlements(), at=now)
    return held


async def test_sessions_are_watched_over_http(running):
    """
    A snapshot first, then what changes; `Last-Event-ID` goes on.
    """
    ann = await running.person()
    first = await admit(running, ann.org, "first")
    async with watch(running, ann) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/event-stream"
        assert response.headers["Cache-Control"] == "no-store"
        events = Events(response)
        kind, data = await events.next()
        assert (kind, [one["id"] for one in data["sessions"]]) == ("snapshot", ["first"])
        await admit(running, ann.org, "second")
        kind, data = await events.next()
        assert (kind, data["session"]["id"], data["ended_at"]) == ("started", "second", None)
        seen = events.last_id
        await running.services.stores.leases().release(
            first, audio_ms=5, at=running.services.stores.clock().now()
        )
        kind, data = await events.next()
        assert (kind, data["session"]["id"]) == ("ended", "first")
        assert data["ended_at"] == data["measured_at"]
        async with watch(running, ann, **{"Last-Event-ID": seen}) as back:
            assert (await Events(back).next())[0] == "ended"


async def test_operators_watch_all_orgs(running):
    ann, olga = await running.person(), await running.person("olga")
    await admit(running, ann.org, "anns")
    await admit(running, olga.org, "olgas")
    users = running.services.people.users()
    user = await users.of_email(olga.email)
    await users.put(attrs.evolve(user, is_operator=True))
    path = "/v1/operator/sessions/events"
    async with watch(running, olga, path) as response:
        _, data = await Events(response).next()
    assert {(one["org_id"], one["id"]) for one in data["sessions"]} == {
        (ann.org, "anns"),
        (olga.org, "olgas"),
    }
    async with watch(running, ann, path) as response:
        assert response.status == 403


async def test_stream_ends_with_the_sign_in(running, clock):
    ann = await running.person()
    async with watch(running, ann) as response:
        events = Events(response)
        await events.next()
        assert (await ann.post("/v1/sign-out")).status == 204
        clock.advance(10)
        await events.end()


async def test_stream_ends_with_the_membership(running, clock):
    ann, bob = await running.person(), await running.person("bob")
    user = await running.services.people.users().of_email(bob.email)
    members = running.services.people.members()
    await members.put(Membership(UserId(user.id), OrgId(ann.org), Role.MEMBER, clock.now()))
    bob.org = ann.org
    async with watch(running, bob) as response:
        events = Events(response)
        assert (await events.next())[0] == "snapshot"
        removed = await ann.call("DELETE", f"/v1/orgs/{ann.org}/members/{user.id}")
        assert removed.status == 204
        clock.advance(10)
        await events.end()


async def test_reader_ends_with_the_client(running):
    """
    That leaves without a word.
    """
    ann = await running.person()
    feeds = running.services.container(OrgResources).session_feeds()
    async with watch(running, ann) as response:
        await Events(response).next()
        assert feeds.readers == 1
    async with asyncio.timeout(60):
        while feeds.readers:
            await asyncio.sleep(0.01)


async def test_stream_that_follows_nothing_ends(running):
    ann = await running.person()
    path = f"/v1/orgs/{ann.org}/sessions/events?follow=false"
    async with watch(running, ann, path) as response:
        events = Events(response)
        assert (await events.next())[0] == "snapshot"
        assert await events.next() is None


async def test_head_of_endless_events_ends(running):
    """
    With the headers of GET, and without an event: the connection serves what comes next.
    """
    ann = await running.person()
    async with asyncio.timeout(60):
        for _ in range(2):
            head = await ann.call("HEAD", f"/v1/orgs/{ann.org}/sessions/events")
            assert (head.status, head.text) == (200, "")
            assert head.headers["Content-Type"] == "text/event-stream"
        assert (await ann.get("/v1/me")).status == 200
