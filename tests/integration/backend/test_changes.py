"""Changes that race, come twice, or come late: in memory, on SQLite and on PostgreSQL."""

import asyncio

import attrs
import pytest

from tests.servers.backend import SETTINGS, Person, backend
from tests.servers.postgres import postgres, postgres_url

from aldea_core.domain.access.people import Membership, Role
from aldea_core.domain.ids import OrgId, UserId
from entrypoints.http.server import serving


__all__ = ["postgres", "postgres_url"]

KEY = {"name": "laptop", "tags": ["a"]}


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def database_url(request, tmp_path):
    match request.param:
        case "sqlite":
            return f"sqlite:///{tmp_path}/aldea.db"
        case "postgres":
            return request.getfixturevalue("postgres_url")
        case _:
            return ""


@pytest.fixture
async def running(database_url):
    async with backend(attrs.evolve(SETTINGS, database_url=database_url)) as running:
        yield running


@pytest.fixture
async def ann(running):
    return await running.person()


class TestTheSamePostTwice:
    async def test_is_once(self, running, ann):
        """
        The second is told what the first was, the key's secret too; nothing is made again.
        """
        path = f"/v1/orgs/{ann.org}/keys"
        first = await ann.post(path, KEY, Idempotency_Key="one")
        second = await ann.post(path, KEY, Idempotency_Key="one")

        assert first.status == second.status == 201
        assert first.text == second.text
        assert first.headers["ETag"] == second.headers["ETag"]
        assert "Idempotency-Replayed" not in first.headers
        assert second.headers["Idempotency-Replayed"] == "true"
        assert len((await ann.get(path)).json["items"]) == 1
        log = (await ann.get(f"/v1/orgs/{ann.org}/audit")).json["items"]
        assert [entry["action"] for entry in log] == ["key.created", "org.created"]

    async def test_with_another_body_it_is_refused(self, running, ann):
        """
        Or at another address: the key was for something else.
        """
        await ann.post(f"/v1/orgs/{ann.org}/keys", KEY, Idempotency_Key="one")
        body = await ann.post(f"/v1/orgs/{ann.org}/keys", {"name": "b"}, Idempotency_Key="one")
        path = await ann.post("/v1/orgs", {"name": "laptop"}, Idempotency_Key="one")

        for refused in (body, path):
            assert (refused.status, refused.json["type"]) == (422, "/docs#idempotency-key-reused")

    async def test_at_once_it_is_once(self, running, ann):
        """
        One is done; the others are told to wait, or what it was.
        """
        path = f"/v1/orgs/{ann.org}/keys"
        answers = await asyncio.gather(
            *(ann.post(path, KEY, Idempotency_Key="one") for _ in range(8)),
        )

        done = [answer for answer in answers if answer.status == 201]
        assert len({answer.text for answer in done}) == 1
        assert {answer.status for answer in answers} <= {201, 409}
        assert all("Retry-After" in answer.headers for answer in answers if answer.status == 409)
        assert len((await ann.get(path)).json["items"]) == 1

    async def test_keys_of_others_are_others(self, running, ann):
        """
        And without a key each is for itself.
        """
        bob = await running.person("bob")
        first = await ann.post(f"/v1/orgs/{ann.org}/keys", KEY, Idempotency_Key="one")
        others = await bob.post(f"/v1/orgs/{bob.org}/keys", KEY, Idempotency_Key="one")
        again = await ann.post(f"/v1/orgs/{ann.org}/keys", KEY)

        assert first.json["key"] != others.json["key"] != again.json["key"]

    async def test_a_refusal_is_not_kept(self, running, ann):
        """
        It changed nothing, so it may be put right under the same key.
        """
        path = f"/v1/orgs/{ann.org}/keys"
        assert (await ann.post(path, {"name": ""}, Idempotency_Key="one")).status == 422

        assert (await ann.post(path, KEY, Idempotency_Key="one")).status == 201

    async def test_another_sign_in_is_not_shown_the_secret(self, running, ann):
        """
        What is kept opens with the token that asked, and with no other.
        """
        path = f"/v1/orgs/{ann.org}/keys"
        first = await ann.post(path, KEY, Idempotency_Key="one")
        phone = await running.sign_in(attrs.evolve(ann, token=""))
        refused = await phone.post(path, KEY, Idempotency_Key="one")

        assert refused.status == 422
        assert first.json["key"] not in refused.text

    @pytest.mark.parametrize("key", ["", "x" * 101, "é"])
    async def test_a_key_that_is_none(self, running, ann, key):
        """
        Is refused by the header's name.
        """
        refused = await ann.post("/v1/orgs", {"name": "a"}, Idempotency_Key=key)

        assert refused.status == 422
        assert refused.json["errors"][0]["field"] == "Idempotency-Key"


class TestIfMatch:
    async def test_nobody_changes_what_they_have_not_seen(self, running, ann):
        """
        Without it, with another, or after somebody else was there.
        """
        path = f"/v1/orgs/{ann.org}"
        seen = (await ann.get(path)).headers["ETag"]
        missing = await ann.call("PATCH", path, {"name": "New"})
        first = await ann.call("PATCH", path, {"name": "New"}, If_Match=seen)
        late = await ann.call("PATCH", path, {"name": "Newer"}, If_Match=seen)

        assert (missing.status, missing.json["type"]) == (428, "/docs#if-match-needed")
        assert (first.status, first.json["name"]) == (200, "New")
        assert (late.status, late.json["type"]) == (412, "/docs#changed-meanwhile")
        assert first.headers["ETag"] == (await ann.get(path)).headers["ETag"]

    async def test_of_two_at_once_one_comes_late(self, running, ann):
        """
        No change is lost without being told.
        """
        path = f"/v1/orgs/{ann.org}"
        seen = (await ann.get(path)).headers["ETag"]
        answers = await asyncio.gather(
            *(ann.call("PATCH", path, {"name": f"n{n}"}, If_Match=seen) for n in range(6)),
        )

        statuses = sorted(answer.status for answer in answers)
        assert statuses == [200] + [412] * 5
        (done,) = [answer for answer in answers if answer.status == 200]
        assert (await ann.get(path)).json["name"] == done.json["name"]

    async def test_what_was_seen_is_not_sent_again(self, running, ann):
        """
        304 without a body.
        """
        seen = await ann.get("/v1/me")
        again = await ann.get("/v1/me", If_None_Match=seen.headers["ETag"])

        assert (again.status, again.text) == (304, "")


async def test_two_owners_do_not_both_go(running, ann):
    """
    Whoever comes second is the last one.
    """
    bob = await running.person("bob")
    users, members = running.office.users(), running.office.members()
    second = await users.of_email(bob.email)
    now = running.office.clock().now()
    await members.put(Membership(UserId(second.id), OrgId(ann.org), Role.OWNER, now))
    left = await asyncio.gather(*(one.post(f"/v1/orgs/{ann.org}/leave") for one in (ann, bob)))

    assert sorted(answer.status for answer in left) == [204, 409]
    assert len(await members.of_org(OrgId(ann.org))) == 1


async def test_a_change_that_fails_leaves_nothing(running, ann):
    """
    Neither the change nor its entry in the log: they are one.
    """

    class Broken:
        async def write(self, entries):
            raise RuntimeError("the log is full")

    whole = running.office.backend()
    broken = attrs.evolve(whole, dispatch=attrs.evolve(whole.dispatch, audit=Broken()))
    app = broken.app(lambda: True)
    async with serving(app, "127.0.0.1", 0) as port:
        there = Person(running.client, ann.email, ann.token, ann.org)
        path = f"http://127.0.0.1:{port}/v1/orgs/{ann.org}/keys"
        failed = await there.post(path, KEY, Idempotency_Key="one")
        assert failed.status == 500

    assert (await ann.get(f"/v1/orgs/{ann.org}/keys")).json["items"] == []
    assert (await ann.post(f"/v1/orgs/{ann.org}/keys", KEY, Idempotency_Key="one")).status == 201


async def test_pages_are_stable(running, ann):
    """
    What comes or goes between two pages moves nothing else.
    """
    path = f"/v1/orgs/{ann.org}/keys"
    for number in range(5):
        await ann.post(path, {"name": f"key-{number}"})
    first = (await ann.get(f"{path}?limit=2")).json
    await ann.post(path, {"name": "late"})
    second = (await ann.get(f"{path}?limit=2&cursor={first['next']}")).json
    third = (await ann.get(f"{path}?limit=9&cursor={second['next']}")).json

    names = [key["name"] for page in (first, second, third) for key in page["items"]]
    assert names == ["key-0", "key-1", "key-2", "key-3", "key-4", "late"]
    assert third["next"] is None
