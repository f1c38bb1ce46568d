"""Every route of Deepgram's management API by everybody: who may, and that nobody learns of others."""

import attrs
import pytest

from tests.servers.backend import backend

from aldea_core.domain.ids import OrgId
from aldea_core.domain.keys import SCOPES, allows
from aldea_core.domain.limits import OrgStatus
from entrypoints.back_office import BackOffice
from entrypoints.backend.deepgram.routes import PREFIXES
from entrypoints.settings import Settings


# (method, path) → the scope it takes, and what whoever has it gets.
TABLE = {
    ("GET", "/v1/projects"): ("project:read", 200),
    ("GET", "/v1/projects/{project}"): ("project:read", 200),
    ("PATCH", "/v1/projects/{project}"): ("project:write", 200),
    ("GET", "/v1/projects/{project}/balances"): ("billing:read", 200),
    ("GET", "/v1/projects/{project}/balances/{balance}"): ("billing:read", 404),
    ("GET", "/v1/projects/{project}/models"): ("project:read", 200),
    ("GET", "/v1/projects/{project}/models/{model}"): ("project:read", 404),
    ("GET", "/v1/models"): ("project:read", 200),
    ("GET", "/v1/models/{model}"): ("project:read", 404),
    ("GET", "/v1/projects/{project}/keys"): ("keys:read", 200),
    ("POST", "/v1/projects/{project}/keys"): ("keys:write", 200),
    ("GET", "/v1/projects/{project}/keys/{key}"): ("keys:read", 404),
    ("DELETE", "/v1/projects/{project}/keys/{key}"): ("keys:write", 404),
    ("GET", "/v1/projects/{project}/members"): ("members:read", 200),
    ("DELETE", "/v1/projects/{project}/members/{member}"): ("members:write", 404),
    ("GET", "/v1/projects/{project}/members/{member}/scopes"): ("members:read", 404),
    ("PUT", "/v1/projects/{project}/members/{member}/scopes"): ("members:write", 404),
    ("GET", "/v1/projects/{project}/invites"): ("invites:read", 200),
    ("POST", "/v1/projects/{project}/invites"): ("invites:write", 200),
    ("DELETE", "/v1/projects/{project}/invites/{email}"): ("invites:write", 404),
    ("GET", "/v1/projects/{project}/requests"): ("usage:read", 200),
    ("GET", "/v1/projects/{project}/requests/{request}"): ("usage:read", 404),
    ("GET", "/v1/projects/{project}/usage"): ("usage:read", 200),
    ("GET", "/v1/projects/{project}/usage/breakdown"): ("usage:read", 200),
    ("GET", "/v1/projects/{project}/usage/fields"): ("usage:read", 200),
}
BODIES = {
    ("PATCH", "/v1/projects/{project}"): {"name": "Acme"},
    ("POST", "/v1/projects/{project}/keys"): {"comment": "x", "scopes": ["keys:write"]},
    ("PUT", "/v1/projects/{project}/members/{member}/scopes"): {"scope": "member"},
    ("POST", "/v1/projects/{project}/invites"): {"email": "b@example.com", "scope": "member"},
}


@attrs.frozen
class World:
    running: object
    person: object
    mine: str
    theirs: str

    async def key(self, org: str, scopes: frozenset[str]) -> str:
        _, secret = await self.running.office.create_key()(OrgId(org), "key", scopes=scopes)
        return secret.reveal()

    async def call(self, route, org: str, credential: str):
        method, path = route
        for name in ("project", "balance", "model", "key", "member", "email", "request"):
            path = path.replace(f"{{{name}}}", org if name == "project" else "none")
        caller = self.running.nobody()
        caller.token = credential
        return await caller.call(method, path, BODIES.get(route))


@pytest.fixture
async def world():
    async with backend() as running:
        ann, eve = await running.person(), await running.person("eve")
        yield World(running, ann, ann.org, eve.org)


def test_the_table_has_every_route():
    """
    And no other.
    """
    routes = BackOffice(settings=Settings()).deepgram_routes().routes()

    assert {(route.method, route.path): route.scope for route in routes} == {
        route: scope for route, (scope, _) in TABLE.items()
    }
    assert all(route.path.startswith(PREFIXES) for route in routes)
    assert all(bool(route.action) == (route.method != "GET") for route in routes)


@pytest.mark.parametrize("route", TABLE, ids=" ".join)
async def test_who_may(world, route):
    """
    A key of the org with the scope, and nobody else; errors are in Deepgram's words.
    """
    scope, ok = TABLE[route]
    without = frozenset(one for one in SCOPES if not allows([one], scope))
    key = await world.key(world.mine, frozenset({scope}))
    expected = {
        "": 401,
        "org_nonsense": 401,
        world.person.token: 401,
        await world.key(world.mine, without): 403,
        key: ok,
        await world.key(world.mine, frozenset({"admin"})): ok,
    }
    for credential, status in expected.items():
        answer = await world.call(route, world.mine, credential)
        assert answer.status == status, answer.text
        if status >= 400:
            assert {"err_code", "err_msg", "error", "request_id"} <= answer.json.keys()


@pytest.mark.parametrize("route", TABLE, ids=" ".join)
async def test_of_another_org(world, route):
    """
    Nothing is there, whatever the key may do at home, and nothing is done.
    """
    if "{project}" not in route[1]:
        return
    key = await world.key(world.mine, frozenset({"owner"}))
    before = len(await world.running.office.accounts().keys(OrgId(world.theirs)))

    answer = await world.call(route, world.theirs, key)

    assert (answer.status, answer.json["err_code"]) == (404, "NOT_FOUND")
    after = await world.running.office.accounts().keys(OrgId(world.theirs))
    assert len(after) == before
    assert "eve" not in answer.text


async def test_a_suspended_org(world):
    """
    Sees nothing.
    """
    key = await world.key(world.mine, frozenset({"owner"}))
    await world.running.office.accounts().set_status(OrgId(world.mine), OrgStatus.SUSPENDED)

    answer = await world.call(("GET", "/v1/projects"), world.mine, key)

    assert answer.status == 403


async def test_changes_are_in_the_audit_log(world):
    """
    With the key that made them, and without secrets.
    """
    key = await world.key(world.mine, frozenset({"owner"}))
    route = ("POST", "/v1/projects/{project}/keys")
    made = (await world.call(route, world.mine, key)).json

    (entry, *_) = (await world.person.get(f"/v1/orgs/{world.mine}/audit")).json["items"]
    assert (entry["action"], entry["target"]) == ("key.created", made["api_key_id"])
    assert entry["actor"]["kind"] == "key"
    assert made["key"] not in f"{entry}"


@pytest.mark.parametrize(
    "query",
    [
        "requests?limit=0",
        "requests?limit=many",
        "requests?page=-1",
        "requests?page=100000&limit=1000",
        "requests?status=maybe",
        "usage?start=yesterday",
        "usage?method=shouting",
        "usage?start=2026-10-31&end=2026-10-01",
        "usage/breakdown?grouping=mood",
        "keys?status=lost",
    ],
)
async def test_what_makes_no_sense(world, query):
    """
    Is a bad request.
    """
    key = await world.key(world.mine, frozenset({"owner"}))
    answer = await world.call(("GET", "/v1/projects/{project}/" + query), world.mine, key)

    assert answer.status == 400


@pytest.mark.parametrize(
    "body", [None, [], {"email": "nobody", "scope": "member"}, {"email": "a@b.c", "scope": "x"}]
)
async def test_bodies_that_make_no_sense(world, body):
    """
    Too.
    """
    caller = world.running.nobody()
    caller.token = await world.key(world.mine, frozenset({"owner"}))

    answer = await caller.post(f"/v1/projects/{world.mine}/invites", body)

    assert answer.status == 400


async def test_a_member_is_changed_and_removed(world):
    """
    But not the last owner, and an owner not by a key.
    """
    eve = await world.running.person("bob")
    office = world.running.office
    bob = await office.users().of_email(eve.email)
    from aldea_core.domain.people import Membership, Role

    await office.members().put(
        Membership(bob.id, OrgId(world.mine), Role.MEMBER, office.clock().now())
    )
    key = await world.key(world.mine, frozenset({"owner"}))
    caller = world.running.nobody()
    caller.token = key
    members = f"/v1/projects/{world.mine}/members"
    listed = (await caller.get(members)).json["members"]
    assert {one["email"]: one["scopes"] for one in listed} == {
        "ann@example.com": ["owner"],
        "bob@example.com": ["member"],
    }
    ann = next(one["member_id"] for one in listed if one["scopes"] == ["owner"])

    changed = await caller.call("PUT", f"{members}/{bob.id}/scopes", {"scope": "admin"})
    assert changed.status == 200
    assert (await caller.get(f"{members}/{bob.id}/scopes")).json == {"scopes": ["admin"]}
    assert (await caller.call("DELETE", f"{members}/{bob.id}")).status == 200
    for refused in (
        await caller.call("DELETE", f"{members}/{ann}"),
        await caller.call("PUT", f"{members}/{ann}/scopes", {"scope": "member"}),
    ):
        assert refused.status == 403


async def test_a_balance_is_what_is_left_of_the_cap(world):
    """
    Exact to the last digit.
    """
    await world.running.office.set_cap()(OrgId(world.mine), 123_457)
    caller = world.running.nobody()
    caller.token = await world.key(world.mine, frozenset({"billing:read"}))
    balances = f"/v1/projects/{world.mine}/balances"

    answer = await caller.get(balances)

    assert '"amount":1234.57' in answer.text
    (balance,) = answer.json["balances"]
    assert (await caller.get(f"{balances}/{balance['balance_id']}")).json == balance
