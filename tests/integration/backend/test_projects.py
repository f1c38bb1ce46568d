"""Project keys in Deepgram's dialect; `test_access` has the permissions."""

from datetime import UTC, datetime

import attrs
import pytest

from tests.contract.values import record
from tests.servers.backend import SETTINGS, Person, backend

from aldea_core.domain.access import attempt_limits
from aldea_core.domain.access.keys import KeyDraft
from aldea_core.domain.access.limits import OrgStatus, SessionKind
from aldea_core.domain.access.people import Membership, Role
from aldea_core.domain.billing.usage import UsageRecord
from aldea_core.domain.ids import OrgId


@attrs.frozen
class World:
    running: object
    person: object
    mine: str
    theirs: str

    async def key(self, org: str, scopes: frozenset[str]) -> str:
        _, secret = await self.running.services.identity.create_key()(
            OrgId(org), KeyDraft("key", scopes=scopes)
        )
        return secret.reveal()

    async def caller(self, *scopes: str) -> Person:
        """With a key of the org."""
        caller = self.running.anonymous()
        caller.token = await self.key(self.mine, frozenset(scopes))
        return caller

    @property
    def project(self) -> str:
        return f"/v1/projects/{self.mine}"


@pytest.fixture
async def world():
    async with backend() as running:
        ann, eve = await running.person(), await running.person("eve")
        yield World(running, ann, ann.org, eve.org)


async def test_suspended_orgs_key_is_refused(world):
    caller = await world.caller("owner")
    await world.running.services.stores.accounts().set_status(
        OrgId(world.mine), OrgStatus.SUSPENDED
    )

    answer = await caller.get("/v1/projects")

    assert answer.status == 403


async def test_changes_are_in_the_audit_log(world):
    """
    With the key that made them, without secrets.
    """
    caller = await world.caller("owner")
    wanted = {"comment": "x", "scopes": ["keys:write"]}
    made = (await caller.post(f"{world.project}/keys", wanted)).json

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
        "usage?end=10000-01-01",
        "usage?start=0001-01-01T00:00:00%2B14:00",
        "usage?start=2026-10-31T12:00:00.000000000000000000000000000Z",
        "usage?tag=a&tag=b",
        "usage?diarize=true",
        "usage?request_id=x",
        "usage/fields?tag=a",
        "usage/breakdown?endpoint=shout",
        "requests?grouping=tags",
        "requests?limit=1.5",
        "requests?limit=nan",
        "requests?limit=inf",
        "members?limit=1",
        "balances?x=1",
    ],
)
async def test_invalid_parameter_is_400(world, query):
    answer = await (await world.caller("owner")).get(f"{world.project}/{query}")

    assert answer.status == 400
    assert answer.json["err_code"] == "Bad Request"


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {"email": "unknown", "scope": "member"},
        {"email": "a@b.c", "scope": "x"},
        {"email": "a@x.test, b@x.test", "scope": "member"},
        {"email": "a@x.test\r\nBcc: b@x.test", "scope": "member"},
        {"email": "a@x.test", "scope": "member", "limit": 1},
        {"email": f"{'a' * 250}@x.test", "scope": "member"},
        {"email": "\ud800@x.test", "scope": "member"},
    ],
)
async def test_invalid_body_is_400(world, body):
    answer = await (await world.caller("owner")).post(f"{world.project}/invites", body)

    assert answer.status == 400


async def test_a_member_is_changed_and_removed(world):
    """
    Not the last owner, and an owner not by a key.
    """
    eve = await world.running.person("bob")
    services = world.running.services
    bob = await services.people.users().of_email(eve.email)
    await services.people.members().put(
        Membership(bob.id, OrgId(world.mine), Role.MEMBER, services.stores.clock().now())
    )
    caller = await world.caller("owner")
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
    await world.running.services.billing.set_cap()(OrgId(world.mine), 123_457)
    caller = await world.caller("billing:read")
    balances = f"/v1/projects/{world.mine}/balances"

    answer = await caller.get(balances)

    assert '"amount":1234.57' in answer.text
    (balance,) = answer.json["balances"]
    assert (await caller.get(f"{balances}/{balance['balance_id']}")).json == balance


async def test_models_are_those_that_the_key_may_use(world):
    """
    By name, UUID and in the list, with and without the project; another is not found.
    """
    _, secret = await world.running.services.identity.create_key()(
        OrgId(world.mine), KeyDraft("key", scopes=frozenset({"project:read"}), models=("fast",))
    )
    caller = world.running.anonymous()
    caller.token = secret.reveal()
    everything = await world.caller("project:read")

    for models in (f"{world.project}/models", "/v1/models"):
        (only,) = (await caller.get(models)).json["stt"]
        assert only["name"] == "fast"
        assert (await caller.get(f"{models}/{only['uuid']}")).status == 200
        (default,) = (await everything.get(models)).json["stt"]
        assert (await caller.get(f"{models}/{default['name']}")).status == 404


async def test_key_manages_members_at_most(world):
    """
    Unless it has every admin scope, as in Aldea's own API.
    """
    bob = await world.running.person("bob")
    services = world.running.services
    user = await services.people.users().of_email(bob.email)
    mine = Membership(user.id, OrgId(world.mine), Role.MEMBER, services.stores.clock().now())
    await services.people.members().put(mine)
    inviting, changing = await world.caller("invites:write"), await world.caller("members:write")
    admin = {"email": "z@example.com", "scope": "admin"}
    scopes = f"{world.project}/members/{user.id}/scopes"

    assert (await inviting.post(f"{world.project}/invites", admin)).status == 403
    assert (await changing.call("PUT", scopes, {"scope": "admin"})).status == 403
    assert (await changing.call("PUT", scopes, {"scope": "owner"})).status == 403
    assert await services.people.invitations().of_org(OrgId(world.mine)) == []
    assert (await services.people.members().find(OrgId(world.mine), user.id)).role is Role.MEMBER
    assert (
        await (await world.caller("admin")).post(f"{world.project}/invites", admin)
    ).status == 200


async def test_both_apis_share_the_invitation_limit(running_strictly):
    """
    Beyond it either gives 429 with Retry-After, and no email is sent.
    """
    person = await running_strictly.person()
    services = running_strictly.services
    _, secret = await services.identity.create_key()(
        OrgId(person.org), KeyDraft("k", scopes=frozenset({"admin"}))
    )
    caller = running_strictly.anonymous()
    caller.token = secret.reveal()
    theirs, own = f"/v1/projects/{person.org}/invites", f"/v1/orgs/{person.org}/invitations"
    most = attempt_limits.INVITATIONS_OF_ORG.pace.burst
    for n in range(most):
        where, more = (theirs, {"scope": "member"}) if n % 2 else (own, {})
        answer = await caller.post(where, {"email": f"p{n}@example.com", **more})
        assert answer.status in {200, 201}, answer.text
    sent = len(running_strictly.emails)

    for where, more in ((theirs, {"scope": "member"}), (own, {})):
        answer = await caller.post(where, {"email": "q@example.com", **more})
        assert answer.status == 429
        assert int(answer.headers["Retry-After"]) > 0
    assert len(running_strictly.emails) == sent


async def test_the_audit_log_has_the_address_behind_the_proxy(running_behind_a_proxy):
    """
    Counting back as many proxies as are configured.
    """
    person = await running_behind_a_proxy.person()
    services = running_behind_a_proxy.services
    _, secret = await services.identity.create_key()(
        OrgId(person.org), KeyDraft("k", scopes=frozenset({"admin"}))
    )
    caller = running_behind_a_proxy.anonymous()
    caller.token = secret.reveal()

    await caller.call(
        "PATCH",
        f"/v1/projects/{person.org}",
        {"name": "Acme 2"},
        X_Forwarded_For="6.6.6.6, 203.0.113.9",
    )

    (entry, *_) = (await person.get(f"/v1/orgs/{person.org}/audit")).json["items"]
    assert entry["actor"]["address"] == "203.0.113.9"


async def test_repeated_post_is_done_once(world):
    """
    With an Idempotency-Key.
    """
    caller = await world.caller("admin")
    wanted = {"comment": "x", "scopes": ["member"]}
    first, second = [
        await caller.post(f"{world.project}/keys", wanted, Idempotency_Key="1") for _ in range(2)
    ]

    assert first.json == second.json
    assert second.headers["Idempotency-Replayed"] == "true"


@pytest.fixture
async def running_strictly():
    async with backend(attrs.evolve(SETTINGS, attempts_factor=1)) as running:
        yield running


@pytest.fixture
async def running_behind_a_proxy():
    async with backend(attrs.evolve(SETTINGS, forwarded_by=1)) as running:
        yield running


async def used(world: World, *requests: UsageRecord) -> None:
    await world.running.services.stores.ledger().record(requests)


def request(world: World, session: str, **changes) -> UsageRecord:
    at = datetime(2026, 10, 31, 12, tzinfo=UTC)
    values = {"audio_ms": 3_600_000, "started": at, "ended": at, "tags": (), **changes}
    return record(session, org=OrgId(world.mine), **values)


async def test_usage_by_tags(world):
    """
    A request counts with each of its tags, or under none.
    """
    await used(
        world,
        request(world, "1", tags=("a", "b")),
        request(world, "2", tags=("a",)),
        request(world, "3"),
    )
    caller, span = await world.caller("usage:read"), "start=2026-10-01&end=2026-10-31"

    by_tag = await caller.get(f"{world.project}/usage/breakdown?{span}&grouping=tags")
    found = {tuple(one["grouping"]["tags"]): one["hours"] for one in by_tag.json["results"]}
    assert found == {("a",): 2.0, ("b",): 1.0, (): 1.0}
    fields = await caller.get(f"{world.project}/usage/fields?{span}")
    assert fields.json["tags"] == ["a", "b"]
    own = await caller.get(
        f"/v1/orgs/{world.mine}/usage/groups?by=tag"
        "&since=2026-10-01T00:00:00Z&until=2026-11-01T00:00:00Z"
    )
    names = {one["name"]: one["totals"]["audio_ms"] for one in own.json["items"]}
    assert names == {"a": 7_200_000, "b": 3_600_000, "": 3_600_000}
    assert own.json["totals"]["sessions"] == 3


@pytest.mark.parametrize(
    ("query", "hours"),
    [
        ("tag=a", 2.0),
        ("tag=none", 0),
        ("endpoint=listen", 3.0),
        ("endpoint=speak", 0),
        ("deployment=hosted", 0),
        ("method=sync", 1.0),
        ("method=streaming", 2.0),
        ("method=async", 0),
        ("accessor=none", 0),
        ("model=none", 0),
    ],
)
async def test_filters_hold_for_totals_groups_and_requests(world, query, hours):
    """
    In totals, groups and single requests.
    """
    await used(
        world,
        request(world, "1", tags=("a",), kind=SessionKind.FILE),
        request(world, "2", tags=("a", "b"), kind=SessionKind.LIVE),
        request(world, "3", kind=SessionKind.LIVE),
    )
    caller, span = await world.caller("usage:read"), "start=2026-10-31&end=2026-10-31"

    for path in ("usage", "usage/breakdown"):
        answer = await caller.get(f"{world.project}/{path}?{span}&{query}")
        assert sum(one["hours"] for one in answer.json["results"]) == hours
        assert (answer.json["start"], answer.json["end"]) == ("2026-10-31", "2026-10-31")
    listed = await caller.get(f"{world.project}/requests?{span}&{query}&limit=10.0")
    assert len(listed.json["requests"]) == hours


async def test_request_is_found_by_its_id(world):
    await used(world, request(world, "1"), request(world, "2"))
    caller = await world.caller("usage:read")
    where = f"{world.project}/requests?start=2026-10-31&end=9999-12-31&request_id=2"

    assert [one["request_id"] for one in (await caller.get(where)).json["requests"]] == ["2"]


async def test_costs_by_tags(world):
    """
    Equal in both APIs: of one tag, of each, and of all, by each month's prices.
    """
    september = datetime(2026, 9, 30, 23, 59, 59, 999999, tzinfo=UTC)
    await used(
        world,
        request(world, "1", tags=("a", "b"), kind=SessionKind.LIVE),
        request(world, "2", tags=("a",), kind=SessionKind.LIVE, started=september),
        request(world, "3", kind=SessionKind.LIVE),
    )
    caller = await world.caller("billing:read")
    span = "since=2026-09-01T00:00:00Z&until=2026-11-01T00:00:00Z"
    own, theirs = f"/v1/orgs/{world.mine}/costs?{span}", f"{world.project}/billing/breakdown"
    days = "start=2026-09-01&end=2026-10-31"

    async def costs(query: str) -> dict[str, int]:
        answer = await caller.get(f"{own}&{query}")
        return {one["name"]: one["amount"] for one in answer.json["items"]}

    (hour,) = (await costs("tag=b")).values()
    assert hour > 0
    assert await costs("tag=a") == {"": 2 * hour}
    assert await costs("by=tag") == {"": hour, "a": 2 * hour, "b": hour}
    found = (await caller.get(f"{theirs}?{days}&grouping=tags")).json["results"]
    dollars = {tuple(one["grouping"]["tags"]): one["dollars"] for one in found}
    assert dollars == {(): hour / 100, ("a",): hour / 50, ("b",): hour / 100}
    one = (await caller.get(f"{theirs}?{days}&tag=a")).json["results"]
    assert [cost["dollars"] for cost in one] == [hour / 50]
    for never in (
        "since=0001-01-01T00:00:00Z",
        "since=9999-12-01T00:00:00Z&until=9999-12-31T00:00:00Z",
    ):
        answer = await caller.get(f"/v1/orgs/{world.mine}/costs?{never}")
        assert answer.status in {200, 422}


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        (SessionKind.LIVE, 1000, 200),
        (SessionKind.LIVE, 1011, 1011),
        (SessionKind.LIVE, 4001, 4001),
        (SessionKind.FILE, 200, 200),
        (SessionKind.FILE, 503, 503),
    ],
)
async def test_code_of_a_request_is_below_400_if_it_succeeded(world, kind, status, code):
    """
    Deepgram's command line calls all others failed.
    """
    await used(world, request(world, "1", kind=kind, status=status))
    caller = await world.caller("usage:read")

    answer = await caller.get(f"{world.project}/requests/1")

    found = answer.json["request"]
    assert (found["code"], found["response"]["code"]) == (code, code)
