"""Changes that race, repeat or come late: in memory, on SQLite and on PostgreSQL."""

import asyncio
import json

from contextlib import asynccontextmanager

import attrs
import pytest

from tests.servers.backend import PASSWORD, SETTINGS, Person, backend

from aldea_core.domain.access.people import Membership, Role
from aldea_core.domain.ids import OrgId, UserId
from entrypoints.http.server import serving


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
    async def test_repeated_post_gets_the_first_response(self, running, ann):
        """
        The key's secret too; nothing is made again.
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

    async def test_idempotency_key_with_another_body_is_refused(self, running, ann):
        """
        Also at another path.
        """
        await ann.post(f"/v1/orgs/{ann.org}/keys", KEY, Idempotency_Key="one")
        body = await ann.post(f"/v1/orgs/{ann.org}/keys", {"name": "b"}, Idempotency_Key="one")
        path = await ann.post("/v1/orgs", {"name": "laptop"}, Idempotency_Key="one")

        for refused in (body, path):
            assert (refused.status, refused.json["type"]) == (422, "/docs#idempotency-key-reused")

    async def test_concurrent_posts_are_done_once(self, running, ann):
        """
        The others get 409 or the first response.
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

    async def test_idempotency_keys_are_per_caller(self, running, ann):
        """
        Without a key every request is new.
        """
        bob = await running.person("bob")
        first = await ann.post(f"/v1/orgs/{ann.org}/keys", KEY, Idempotency_Key="one")
        others = await bob.post(f"/v1/orgs/{bob.org}/keys", KEY, Idempotency_Key="one")
        again = await ann.post(f"/v1/orgs/{ann.org}/keys", KEY)

        assert first.json["key"] != others.json["key"] != again.json["key"]

    async def test_refused_post_frees_its_idempotency_key(self, running, ann):
        """
        It changed nothing, so it may be corrected under the same key.
        """
        path = f"/v1/orgs/{ann.org}/keys"
        assert (await ann.post(path, {"name": ""}, Idempotency_Key="one")).status == 422

        assert (await ann.post(path, KEY, Idempotency_Key="one")).status == 201

    async def test_kept_response_needs_the_same_token(self, running, ann):
        """
        It is encrypted with the token that made the request.
        """
        path = f"/v1/orgs/{ann.org}/keys"
        first = await ann.post(path, KEY, Idempotency_Key="one")
        phone = await running.sign_in(attrs.evolve(ann, token=""))
        refused = await phone.post(path, KEY, Idempotency_Key="one")

        assert refused.status == 422
        assert first.json["key"] not in refused.text

    @pytest.mark.parametrize("key", ["", "x" * 101, "é"])
    async def test_invalid_idempotency_key_is_refused_by_header(self, running, ann, key):
        refused = await ann.post("/v1/orgs", {"name": "a"}, Idempotency_Key=key)

        assert refused.status == 422
        assert refused.json["errors"][0]["field"] == "Idempotency-Key"


class TestIfMatch:
    async def test_change_needs_the_current_etag(self, running, ann):
        """
        Without If-Match, with another one, or after another change it is refused.
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

    async def test_one_of_two_concurrent_changes_is_refused(self, running, ann):
        """
        No update is lost silently.
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

    async def test_one_of_two_concurrent_changes_of_the_platform_is_refused(self, running, ann):
        """
        Of different operators too. And of a plan's limits each sets its own.
        """
        operators = [ann, *[await running.person(f"olga{n}") for n in range(5)]]
        users = running.services.people.users()
        for one in operators:
            known = await users.of_email(one.email)
            await users.put(attrs.evolve(known, is_operator=True))
        rates, limits = "/v1/operator/tax-rates", "/v1/operator/plans/standard/limits"
        seen = (await ann.get(rates)).headers["ETag"]
        answers = await asyncio.gather(
            *(
                one.call(
                    "PUT",
                    rates,
                    {"items": [{"country": "ES", "rate": str(n)}]},
                    If_Match=seen,
                )
                for n, one in enumerate(operators)
            ),
        )
        assert sorted(answer.status for answer in answers) == [200] + [412] * 5

        wanted = {
            "concurrent_live": 1,
            "concurrent_files": 2,
            "request_burst": 3,
            "quota_ms": 4,
            "max_file_seconds": 5,
            "max_live_seconds": 6,
        }
        await asyncio.gather(
            *(
                one.call("PATCH", limits, {name: value}, If_Match="*")
                for one, (name, value) in zip(operators, wanted.items(), strict=True)
            )
        )
        standard = (await ann.get("/v1/operator/plans/standard")).json
        assert {name: standard["limits"][name] for name in wanted} == wanted

    async def test_unchanged_resource_is_304(self, running, ann):
        """
        Without a body.
        """
        seen = await ann.get("/v1/me")
        again = await ann.get("/v1/me", If_None_Match=seen.headers["ETag"])

        assert (again.status, again.text) == (304, "")


class TestRightsThatEndMeanwhile:
    """A request whose head was sent in time, and whose body comes once its caller has no right to it."""

    @asynccontextmanager
    async def held_back(self, running, token, path):
        """A POST that the backend has let in; the rest of its body is sent at the block's end."""
        rest = asyncio.Event()

        async def body():
            text = json.dumps(KEY).encode()
            yield text[:1]
            await rest.wait()
            yield text[1:]

        async def send():
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            async with running.client.post(path, data=body(), headers=headers) as answer:
                return answer.status

        sent = asyncio.create_task(send())
        yield sent
        rest.set()
        await sent

    @pytest.mark.parametrize(("method", "expected"), [("PATCH", 403), ("DELETE", 404)])
    async def test_member_changes_nothing_after_a_demotion_or_removal(
        self, running, ann, method, expected
    ):
        bob, people = await running.person("bob"), running.services.people
        user = await people.users().of_email(bob.email)
        now = running.services.stores.clock().now()
        await people.members().put(Membership(user.id, OrgId(ann.org), Role.ADMIN, now))
        credentials = {"email": bob.email, "password": PASSWORD}
        token = (await bob.post("/v1/sign-in", credentials)).json["token"]
        keys, member = f"/v1/orgs/{ann.org}/keys", f"/v1/orgs/{ann.org}/members/{user.id}"

        async with self.held_back(running, token, keys) as sent:
            while any(
                one.last_seen is None for one in await people.sign_ins().of_user(user.id, at=now)
            ):
                await asyncio.sleep(0.01)
            if method == "PATCH":
                assert (await ann.change(method, member, {"role": "member"})).status == 200
            else:
                assert (await ann.call(method, member)).status == 204

        assert sent.result() == expected
        assert (await ann.get(keys)).json["items"] == []

    async def test_key_changes_nothing_after_its_revocation(self, running, ann):
        keys = f"/v1/orgs/{ann.org}/keys"
        made = (await ann.post(keys, {"name": "admin", "scopes": ["admin"]})).json
        key = f"{keys}/{made['api_key']['id']}"

        async with self.held_back(running, made["key"], keys) as sent:
            while (await ann.get(key)).json["last_used_at"] is None:
                await asyncio.sleep(0.01)
            assert (await ann.call("DELETE", key)).status == 204

        assert sent.result() == 401
        assert [one["name"] for one in (await ann.get(keys)).json["items"]] == ["admin"]


async def test_two_owners_cannot_both_leave(running, ann):
    """
    The second one is the last owner.
    """
    bob = await running.person("bob")
    users, members = running.services.people.users(), running.services.people.members()
    second = await users.of_email(bob.email)
    now = running.services.stores.clock().now()
    await members.put(Membership(UserId(second.id), OrgId(ann.org), Role.OWNER, now))
    left = await asyncio.gather(*(one.post(f"/v1/orgs/{ann.org}/leave") for one in (ann, bob)))

    assert sorted(answer.status for answer in left) == [204, 409]
    assert len(await members.of_org(OrgId(ann.org))) == 1


async def test_failed_change_is_rolled_back_with_its_audit_entry(running, ann):
    class Broken:
        async def write(self, entries):
            raise RuntimeError("the log is full")

    whole = running.services.api.backend()
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
    Inserts and deletions between two pages shift no other row.
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
