"""Operators view an org as its owners do, and change nothing. `test_access` has every route."""

import attrs
import pytest

from tests.servers.backend import PASSWORD, Person


@pytest.fixture
async def ann(running):
    return await running.person("ann")


async def operator(running) -> Person:
    olga = await running.person("olga")
    await set_operator(running, olga, is_operator=True)
    return olga


async def set_operator(running, person: Person, *, is_operator: bool) -> None:
    users = running.services.people.users()
    known = await users.of_email(person.email)
    await users.put(attrs.evolve(known, is_operator=is_operator))


async def begun(olga: Person, org: str) -> tuple[Person, dict]:
    answer = await olga.post(f"/v1/operator/orgs/{org}/view", {"reason": "ticket 7"})
    assert answer.status == 201
    return Person(olga.client, olga.email, answer.json["token"]), answer.json


async def test_view_shows_what_an_owner_sees(running, ann):
    """
    Of one org; the org's log names the operator and the reason.
    """
    olga = await operator(running)
    viewing, view = await begun(olga, ann.org)

    assert view["org_id"] == ann.org
    whole_time = "since=2026-01-01T00:00:00Z&until=2027-01-01T00:00:00Z"
    for what in (
        "",
        "/keys",
        "/members",
        "/audit",
        "/invoices",
        "/plans",
        "/sessions",
        f"/usage?{whole_time}",
    ):
        path = f"/v1/orgs/{ann.org}{what}"
        shown = await viewing.get(path)
        assert (shown.status, shown.text) == (200, (await ann.get(path)).text), what
        assert (await olga.get(path)).status == 404, what
    assert (await viewing.get(f"/v1/orgs/{olga.org}")).status == 404
    (entry, _) = (await ann.get(f"/v1/orgs/{ann.org}/audit")).json["items"]
    assert (entry["action"], entry["target"]) == ("org.viewed", view["id"])
    assert (entry["actor"]["kind"], entry["actor"]["name"]) == ("operator", olga.email)
    assert entry["after"] == {"reason": "ticket 7"}


async def test_view_changes_nothing(running, ann):
    viewing, view = await begun(await operator(running), ann.org)
    org = f"/v1/orgs/{ann.org}"

    for method, path, body in (
        ("POST", f"{org}/keys", {"name": "k", "scopes": ["member"]}),
        ("PATCH", org, {"name": "Mine"}),
        ("POST", "/v1/sign-out", None),
        ("POST", f"/v1/operator/orgs/{ann.org}/view", {}),
        ("DELETE", f"/v1/me/sign-ins/{view['id']}", None),
    ):
        refused = await viewing.call(method, path, body, If_Match="*")
        assert refused.status == 403, path
        assert "changes nothing" in refused.json["detail"]


async def test_view_ends_with_the_operator_role(running, ann):
    """
    Without any other change.
    """
    olga = await operator(running)
    viewing, _ = await begun(olga, ann.org)
    await set_operator(running, olga, is_operator=False)

    assert (await viewing.get(f"/v1/orgs/{ann.org}")).status == 401
    assert (await olga.get("/v1/me")).status == 200


async def test_view_is_ended_like_a_sign_in(running, ann):
    """
    By its id, and by a new password.
    """
    olga = await operator(running)
    (first, one), (second, _) = await begun(olga, ann.org), await begun(olga, ann.org)
    listed = (await olga.get("/v1/me/sign-ins")).json["items"]
    assert [item["viewed_org_id"] for item in listed] == [None, ann.org, ann.org]

    assert (await olga.call("DELETE", f"/v1/me/sign-ins/{one['id']}")).status == 204
    assert (await first.get(f"/v1/orgs/{ann.org}")).status == 401
    assert (await second.get(f"/v1/orgs/{ann.org}")).status == 200
    changed = {"old": PASSWORD, "new": "staple in the battery"}
    assert (await olga.post("/v1/me/password", changed)).status == 204
    assert (await second.get(f"/v1/orgs/{ann.org}")).status == 401


async def test_unknown_org_cannot_be_viewed(running):
    olga = await operator(running)

    assert (await olga.post("/v1/operator/orgs/none/view", {})).status == 404
