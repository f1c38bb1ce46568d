"""
Every parameter and field of every route of both dialects, with hostile values. Each gets a
refusal or a valid response: no 500, no 503, and no stored value that breaks a later query.
"""

import asyncio
import json

from typing import Any
from urllib.parse import quote

import attrs
import msgspec
import pytest

from tests.integration.backend.test_access import ROUTES, TABLE, allowed, body_of
from tests.integration.backend.world import World, make_world
from tests.servers.backend import SETTINGS, backend


TEXTS = (
    "",
    "a\0b",
    "a" * 5000,
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59.999999Z",
    "9999-12-31",
    "99999999999999999999999999",
    "NaN",
    "WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzE0OjAwIiwieCJd",  # ["0001-01-01T00:00:00+14:00","x"]
)
# As they stand in a query or a JSON text, since no text of Python is that.
RAW_QUERY = ("%ED%A0%80",)
RAW_JSON = ('"\\ud800"', "1e400", "null", "[[]]", "{}")


@pytest.fixture
async def world(postgres_url):
    """On PostgreSQL, which is the pickiest of the databases."""
    async with backend(attrs.evolve(SETTINGS, database_url=postgres_url)) as running:
        yield await make_world(running, "owner")


async def test_hostile_queries_are_refused_or_served(world: World):
    """
    One value at a time, and an unknown parameter.
    """
    for name, route in ROUTES.items():
        if route.query is None or TABLE[name].query:  # a stream has no end
            continue
        method, path = name.split()
        caller = allowed(name)
        person = world.people[caller]
        values = [*(quote(text, safe="") for text in TEXTS), *RAW_QUERY]
        for field in msgspec.structs.fields(route.query):
            for value in values:
                where = f"{world.path(path, caller)}?{field.encode_name}={value}"
                answer = await person.call(method, where)
                assert answer.status in {200, 400, 422}, (where, answer.text)
        unknown = await person.call(method, f"{world.path(path, caller)}?unheard_of=1")
        assert unknown.status in {400, 422}
        assert "unheard_of" in unknown.text


async def test_hostile_bodies_are_refused_or_served(world: World):
    """
    One value at a time, all other fields valid.
    """
    # A suspension refuses keys, and another password ends all sign-ins.
    last = ("password", "PATCH /v1/operator/orgs/{org}")
    ordered = sorted(ROUTES.items(), key=lambda item: [part in item[0] for part in last])
    for name, route in ordered:
        if route.body is None or TABLE[name].least == "anybody":
            continue
        method, path = name.split()
        caller = allowed(name)
        good = await body_of(world, name, caller)
        values = [*(json.dumps(text) for text in TEXTS), *RAW_JSON]
        for field in msgspec.structs.fields(route.body):
            for value in values:
                await send(world, method, path, caller, good, field.encode_name, value)
        await send(world, method, path, caller, good, "unheard_of", "1", {400, 401, 422})


async def send(
    world: World,
    method: str,
    path: str,
    caller: str,
    good: dict[str, Any],
    field: str,
    value: str,
    expected: set[int] | None = None,
) -> None:
    others = {name: one for name, one in good.items() if name != field}
    text = json.dumps({**others, field: "VALUE"}).replace('"VALUE"', value)
    person = world.people[caller]
    where = world.path(path, caller)
    headers = {
        "Authorization": f"Bearer {person.token}",
        "Content-Type": "application/json",
        "If-Match": "*",
    }
    async with person.client.request(method, where, data=text, headers=headers) as answer:
        said = await answer.text()
        assert answer.status < 500, (method, where, text, said)
        if expected:
            assert answer.status in expected, (method, where, text, said)


@pytest.mark.parametrize("header", ["User-Agent", "X-Forwarded-For", "Idempotency-Key"])
async def test_non_utf8_headers_are_refused_or_served(world: World, header):
    """
    Headers whose values are stored.
    """
    person = world.people["admins' key"]
    reader, writer = await asyncio.open_connection("127.0.0.1", world.running.port)
    body = json.dumps({"name": "x"}).encode()
    head = (
        f"POST /v1/orgs/{world.acme.id}/keys HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        f"Authorization: Bearer {person.token}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n"
    ).encode()
    writer.write(head + header.encode() + b": \xff\xed\xa0\x80\r\n\r\n" + body)
    answer = await reader.read()
    writer.close()

    assert int(answer.split()[1]) < 500, answer
