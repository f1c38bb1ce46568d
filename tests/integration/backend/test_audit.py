"""The audit log's entries, and who may read them."""

import json

import attrs
import pytest

from tests.servers.backend import PASSWORD, SETTINGS, Running, backend

from aldea_core.domain.access.audit import ActorKind, AuditSelection
from entrypoints.containers.aldea import aldea
from entrypoints.devstack.first_owner import bootstrap_owner


async def log_of(running: Running, org: str, query: str = "") -> list[dict]:
    services = running.services
    owner = next(iter(await services.people.members().of_org(org)))
    (user,) = await services.people.users().some([owner.user])
    person = running.anonymous()
    person.email = user.email
    await running.sign_in(person)
    return (await person.get(f"/v1/orgs/{org}/audit{query}")).json["items"]


async def test_sign_up_logs_the_new_org(running):
    """
    By its owner, with the address they signed up from.
    """
    ann = await running.person()

    (entry,) = await log_of(running, ann.org)
    assert (entry["action"], entry["target"]) == ("org.created", ann.org)
    assert (entry["actor"]["kind"], entry["actor"]["name"]) == ("user", "ann@example.com")
    assert entry["actor"]["address"] == "127.0.0.1"
    assert entry["after"] == {"name": "ann"}


async def test_sign_up_by_invitation_logs_the_join(running):
    """
    In the log of the inviting org.
    """
    ann = await running.person()
    await ann.post(f"/v1/orgs/{ann.org}/invitations", {"email": "bob@example.com"})
    token = running.emails[-1].text.partition("#")[2].partition("\n")[0]
    account = {"email": "bob@example.com", "password": PASSWORD, "name": "Bob"}
    answer = await running.anonymous().post("/v1/sign-up", {**account, "invitation": token})
    assert answer.status == 202

    entry, *_ = await log_of(running, ann.org)
    assert (entry["action"], entry["after"]) == ("member.joined", {"role": "member"})
    assert entry["actor"]["name"] == "bob@example.com"


async def test_confirmation_logs_the_new_org():
    """
    Not before it exists.
    """
    async with backend(attrs.evolve(SETTINGS, confirm_addresses=True)) as running:
        anonymous = running.anonymous()
        await anonymous.post("/v1/sign-up", {"email": "ann@example.com"})
        assert not running.services.people.audit()._entries
        token = running.emails[-1].text.partition("#")[2].partition("\n")[0]
        account = {"token": token, "name": "Ann", "password": PASSWORD, "org_name": "Acme"}
        assert (await anonymous.post("/v1/confirm", account)).status == 200

        (entry,) = running.services.people.audit()._entries
        assert (entry.action, entry.actor.name) == ("org.created", "ann@example.com")


async def test_no_change_is_no_entry(running):
    """
    Also if a field is set to its current value.
    """
    ann = await running.person()
    org = f"/v1/orgs/{ann.org}"
    (me,) = (await ann.get(f"{org}/members")).json["items"]
    made = (await ann.post(f"{org}/keys", {"name": "k"})).json["api_key"]["id"]
    await ann.call("DELETE", f"{org}/keys/{made}")
    before = await log_of(running, ann.org)

    assert (await ann.change("PATCH", org, {"name": "ann"})).status == 200
    member = f"{org}/members/{me['id']}"
    assert (await ann.change("PATCH", member, {"role": "owner"})).status == 200
    assert (await ann.call("DELETE", f"{org}/keys/{made}")).status == 204

    assert await log_of(running, ann.org) == before
    assert (before[0]["action"], before[0]["before"]["name"]) == ("key.revoked", "k")


@pytest.mark.parametrize(
    ("query", "actions"),
    [
        ("?action=key.created", ["key.created", "key.created"]),
        ("?action=none", []),
        ("?actor=none", []),
        ("?until=2001-01-01T00:00:00Z", []),
        ("?since=2001-01-01T00:00:00Z", ["key.created", "key.created", "org.created"]),
    ],
)
async def test_audit_log_is_filtered_by_action_actor_and_time(running, query, actions):
    """
    By action, actor and time.
    """
    ann = await running.person()
    for name in "ab":
        await ann.post(f"/v1/orgs/{ann.org}/keys", {"name": name})

    assert [entry["action"] for entry in await log_of(running, ann.org, query)] == actions


async def test_operators_read_the_platform_log(running):
    """
    Of their actions on any org and on none; members do not see the latter.
    """
    ann = await running.person()
    services = running.services
    user = await services.people.users().of_email(ann.email)
    await services.people.users().put(attrs.evolve(user, is_operator=True))
    limits = {"concurrent_files": 3}
    plan = "/v1/operator/plans/standard"
    for _ in range(2):  # the second changes nothing
        assert (await ann.change("PATCH", f"{plan}/limits", limits, see=plan)).status == 200
    status = {"status": "suspended"}
    assert (await ann.change("PATCH", f"/v1/operator/orgs/{ann.org}", status)).status == 200

    log = (await ann.get("/v1/operator/audit")).json["items"]
    assert [entry["action"] for entry in log] == ["org.status_changed", "plan.limits"]
    assert {entry["actor"]["kind"] for entry in log} == {"operator"}
    assert (log[1]["before"], log[1]["after"]) == ({"concurrent_files": 10}, limits)
    mine = await log_of(running, ann.org)
    assert [entry["action"] for entry in mine] == ["org.status_changed", "org.created"]


async def test_first_start_is_logged_once(tmp_path):
    """
    In the platform's log and in the org's.
    """
    settings = attrs.evolve(SETTINGS, database_url=f"sqlite:///{tmp_path}/aldea.db")
    async with aldea(attrs.evolve(settings, confirm_addresses=False), ()) as services:
        kept = tmp_path / "owner.json"
        owner = await bootstrap_owner(services, kept)
        text = {"org_id": owner.org, "api_key": owner.key.reveal(), "password": owner.password}
        kept.write_text(json.dumps(text))
        await bootstrap_owner(services, kept)

        made = await services.people.audit().read(AuditSelection(None))
        assert [entry.action for entry in made] == ["key.created", "org.created", "operator.added"]
        assert {entry.actor.kind for entry in made} == {ActorKind.SYSTEM}
        mine = await services.people.audit().read(AuditSelection(owner.org))
        assert [entry.action for entry in mine] == ["key.created", "org.created"]
