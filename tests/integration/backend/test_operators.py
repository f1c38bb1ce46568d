"""Operators' actions and their effects."""

import attrs
import pytest

from tests.contract.probes import ProbesContract
from tests.contract.values import lease
from tests.integration.backend.world import billed
from tests.servers.backend import SETTINGS, Person, backend
from tests.servers.gateway import gateway

from adapters.gpu_http.probes import HttpProbes
from adapters.gpu_http.target import Target, new_client
from adapters.local_servers.server import free_port
from adapters.system.clock import SystemClock
from aldea_core.domain.access.limits import Entitlements, SessionKind
from aldea_core.domain.billing.invoices import InvoiceFilter
from aldea_core.domain.ids import OrgId, UserId
from aldea_core.ports.leases import Killed, Renewal


@pytest.fixture
async def ann(running):
    return await running.person("ann")


async def operator(running, name: str = "olga"):
    olga = await running.person(name)
    users = running.services.people.users()
    known = await users.of_email(olga.email)
    await users.put(attrs.evolve(known, id=UserId(known.id), is_operator=True))
    return olga


class TestOrgs:
    async def test_orgs_are_searched_in_pages(self, running, ann):
        """
        By name or id, each once.
        """
        olga = await operator(running)
        for number in range(3):
            await ann.post("/v1/orgs", {"name": f"Acme {number}"})
        first = (await olga.get("/v1/operator/orgs?search=ACME&limit=2")).json
        second = (await olga.get(f"/v1/operator/orgs?search=ACME&cursor={first['next']}")).json
        by_id = (await olga.get(f"/v1/operator/orgs?search={ann.org}")).json

        names = [org["name"] for page in (first, second) for org in page["items"]]
        assert names == ["Acme 0", "Acme 1", "Acme 2"]
        assert second["next"] is None
        assert [org["id"] for org in by_id["items"]] == [ann.org]

    async def test_orgs_are_found_by_person_hint_and_status(self, running, ann):
        """
        A whole key is no search: it would be in addresses that are logged.
        """
        olga = await operator(running)
        made = (await ann.post(f"/v1/orgs/{ann.org}/keys", {"name": "k"})).json

        async def found(query: str) -> list[str]:
            return [
                org["id"] for org in (await olga.get(f"/v1/operator/orgs?{query}")).json["items"]
            ]

        assert await found("search=ann@example.com") == [ann.org]
        assert await found(f"search={made['api_key']['hint']}&status=active") == [ann.org]
        assert await found("search=ann&status=suspended") == []
        refused = await olga.get(f"/v1/operator/orgs?search={made['key']}")
        assert refused.status == 422
        assert made["key"] not in refused.text

    async def test_orgs_are_suspended_and_activated(self, running, ann):
        """
        Gateways get the change; the org's log shows it.
        """
        olga = await operator(running)
        path = f"/v1/operator/orgs/{ann.org}"
        assert (await olga.change("PATCH", path, {"status": "suspended"})).json[
            "status"
        ] == "suspended"
        await running.services.sync.sync_orgs()()
        entitlements_of_orgs = await running.services.stores.keystore().entitlements_of_orgs(
            [OrgId(ann.org)]
        )
        assert entitlements_of_orgs[OrgId(ann.org)].status.value == "suspended"
        assert (await olga.change("PATCH", path, {"status": "active"})).json["status"] == "active"

        log = (await ann.get(f"/v1/orgs/{ann.org}/audit")).json["items"]
        assert [(entry["before"], entry["after"]) for entry in log] == [
            ({"status": "suspended"}, {"status": "active"}),
            ({"status": "active"}, {"status": "suspended"}),
            ({}, {"name": "ann"}),
        ]
        assert (await olga.get(f"{path}/audit")).json["items"] == log

    async def test_org_sees_why_it_is_suspended(self, running, ann):
        """
        Its members and its keys, until the suspension is lifted; the log keeps both reasons.
        """
        olga = await operator(running)
        key = Person(
            ann.client,
            token=(
                await ann.post(f"/v1/orgs/{ann.org}/keys", {"name": "k", "scopes": ["member"]})
            ).json["key"],
        )
        path, own = f"/v1/operator/orgs/{ann.org}", f"/v1/orgs/{ann.org}"
        await olga.change("PATCH", path, {"status": "suspended", "reason": "Unpaid since May"})

        assert (await olga.get(path)).json["suspension_reason"] == "Unpaid since May"
        assert (await ann.get(own)).json["suspension_reason"] == "Unpaid since May"
        assert "Unpaid since May" in (await key.get(own)).json["detail"]
        await olga.change("PATCH", path, {"status": "active", "reason": "Paid"})
        assert (await ann.get(own)).json["suspension_reason"] is None
        lifted, suspended, *_ = (await ann.get(f"{own}/audit")).json["items"]
        assert suspended["after"] == {"status": "suspended", "reason": "Unpaid since May"}
        assert (lifted["before"], lifted["after"]) == (
            suspended["after"],
            {"status": "active", "reason": "Paid"},
        )

    async def test_owners_get_an_email_of_a_suspension(self, running, ann):
        """
        And of its lifting, each once, with the reason.
        """
        olga = await operator(running)
        path = f"/v1/operator/orgs/{ann.org}"
        before = len(running.emails)
        for status, reason in (("suspended", "Unpaid"), ("suspended", "Unpaid"), ("active", "")):
            await olga.change("PATCH", path, {"status": status, "reason": reason})
        await running.delivered()

        suspended, activated = running.emails[before:]
        assert suspended.to == activated.to == ann.email
        assert "ann is suspended" in suspended.subject
        assert "Unpaid" in suspended.text
        assert "ann is active again" in activated.subject

    async def test_org_is_made_for_another_person(self, running, ann):
        """
        Who owns it after accepting the email's invitation. An address that is refused leaves no org.
        """
        olga = await operator(running)
        orgs = "/v1/operator/orgs"
        made = await olga.post(orgs, {"name": "For Ann", "owner_email": ann.email})
        assert made.status == 201
        await running.delivered()
        token = running.emails[-1].text.split("/invitation#")[1].split()[0]
        assert (await ann.post("/v1/invitations/accept", {"token": token})).status == 200

        mine = {org["name"]: org["role"] for org in (await ann.get("/v1/orgs")).json["items"]}
        assert mine["For Ann"] == "owner"
        again = f"{orgs}/{made.json['id']}/owners"
        assert (await olga.post(again, {"email": ann.email})).status == 409
        assert (await olga.post(again, {"email": "zoe@example.com"})).json["role"] == "owner"
        log = (await ann.get(f"/v1/orgs/{made.json['id']}/audit")).json["items"]
        assert [(entry["action"], entry["actor"]["kind"]) for entry in reversed(log)] == [
            ("org.created", "operator"),
            ("invitation.created", "operator"),
            ("member.joined", "user"),
            ("invitation.created", "operator"),
        ]

    async def test_limits_go_back_to_the_plans(self, running, ann):
        """
        And follow the plan again; doing it again changes nothing.
        """
        olga = await operator(running)
        path = f"/v1/operator/orgs/{ann.org}/limits"
        plans = (await olga.get(path)).json
        await olga.change("PUT", path, {**plans, "concurrent_live": 3})
        assert (await olga.call("DELETE", path)).status == 428
        assert (await olga.change("DELETE", path)).json == plans
        assert (await olga.change("DELETE", path)).json == plans

        entry, *_ = (await ann.get(f"/v1/orgs/{ann.org}/audit")).json["items"]
        assert (entry["action"], entry["after"]) == (
            "limits.changed",
            {"concurrent_live": plans["concurrent_live"]},
        )
        most = {"concurrent_live": 10**9, "max_live_seconds": 10**9}
        plan = "/v1/operator/plans/standard"
        assert (await olga.change("PATCH", f"{plan}/limits", most, see=plan)).status == 200
        limits = (await ann.get(f"/v1/orgs/{ann.org}/limits")).json
        assert limits == {**plans, **most}
        assert (await olga.change("PUT", path, limits)).json == limits  # an org may have as much

    async def test_operator_sets_an_orgs_limits(self, running, ann):
        """
        All at once, with If-Match; the log has the change.
        """
        olga = await operator(running)
        path = f"/v1/operator/orgs/{ann.org}/limits"
        limits = (await olga.get(path)).json
        wanted = {**limits, "concurrent_live": 3, "requests_per_minute": None, "quota_ms": 60_000}
        assert (await olga.call("PUT", path, wanted)).status == 428
        assert (await olga.change("PUT", path, wanted)).json == wanted

        assert (await ann.get(f"/v1/orgs/{ann.org}/limits")).json == wanted
        (entry, _) = (await ann.get(f"/v1/orgs/{ann.org}/audit")).json["items"]
        assert entry["after"] == {
            "concurrent_live": 3,
            "requests_per_minute": None,
            "quota_ms": 60_000,
        }

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"concurrent_live": -1}, "concurrent_live"),
            ({"concurrent_live": None}, "concurrent_live"),
            ({"request_burst": -1}, "request_burst"),
            ({"quota_ms": 2**63}, "quota_ms"),
            ({"quota_ms": 1.5}, "quota_ms"),
            ({"max_upload_bytes": "1"}, "max_upload_bytes"),
        ],
    )
    async def test_invalid_limits_are_refused_by_name(self, running, ann, wrong, field):
        olga = await operator(running)
        path = f"/v1/operator/orgs/{ann.org}/limits"
        limits = (await olga.get(path)).json
        refused = await olga.change("PUT", path, {**limits, **wrong})

        assert refused.status == 422
        assert [error["field"] for error in refused.json["errors"]] == [field]


async def test_users_are_found_with_their_orgs(running, ann):
    """
    In pages, and by part of the address; without anything secret.
    """
    olga = await operator(running)
    first = (await olga.get("/v1/operator/users?limit=1")).json
    second = (await olga.get(f"/v1/operator/users?cursor={first['next']}")).json
    (found,) = (await olga.get("/v1/operator/users?search=ANN@")).json["items"]
    shown = await olga.get(f"/v1/operator/users/{found['id']}")

    assert [user["email"] for page in (first, second) for user in page["items"]] == [
        ann.email,
        olga.email,
    ]
    assert shown.json["user"] == found
    assert [(one["org_id"], one["org_name"], one["role"]) for one in shown.json["orgs"]] == [
        (ann.org, "ann", "owner")
    ]
    assert "password" not in shown.text
    operators = (await olga.get("/v1/operator/operators")).json["items"]
    assert [user["email"] for user in operators] == [olga.email]


async def test_invoices_of_all_orgs_are_listed_and_printed(running, ann):
    """
    By status, in pages, with the org's name.
    """
    olga = await operator(running)
    services = running.services
    for org in (ann.org, olga.org):
        await billed(services, org, months_ago=2)
    await services.invoicing.issue_invoice()(
        (await services.billing.invoices().invoices(InvoiceFilter(OrgId(ann.org))))[0].id
    )

    first = (await olga.get("/v1/operator/invoices?limit=1")).json
    second = (await olga.get(f"/v1/operator/invoices?cursor={first['next']}")).json
    names = [one["org_name"] for page in (first, second) for one in page["items"]]
    assert sorted(names) == ["ann", "olga"]
    assert second["next"] is None
    (issued,) = (await olga.get("/v1/operator/invoices?status=issued")).json["items"]
    assert issued["org_name"] == "ann"
    for kind, begins in (("html", "<!doctype html>"), ("pdf", "%PDF")):
        printed = await olga.get(f"/v1/operator/invoices/{issued['invoice']['id']}/{kind}")
        assert printed.text.lower().startswith(begins.lower())
    assert (await olga.get("/v1/operator/invoices?status=late")).status == 422
    assert (await olga.get("/v1/operator/invoices?cursor=WyJ4Il0")).status == 422


async def test_open_sessions_are_listed_and_ended(running, ann):
    """
    By the client's request id; the gateway ends the session at its next renewal.
    """
    services = running.services
    now = services.stores.clock().now()
    for session, kind in (("one", SessionKind.LIVE), ("two", SessionKind.FILE)):
        opened = lease(session, org=OrgId(ann.org), kind=kind, at=now, audio_ms=1500)
        await services.stores.leases().admit(opened, Entitlements(), at=now)
    listed = (await ann.get(f"/v1/orgs/{ann.org}/sessions")).json["items"]
    assert [(one["id"], one["kind"], one["audio_ms"]) for one in listed] == [
        ("one", "live", 1500),
        ("two", "file", 1500),
    ]

    assert (await ann.call("DELETE", f"/v1/orgs/{ann.org}/sessions/one")).status == 204
    assert (await ann.call("DELETE", f"/v1/orgs/{ann.org}/sessions/three")).status == 404
    renewal = Renewal(lease("one", org=OrgId(ann.org), at=now), Entitlements())
    assert await services.stores.leases().renew([renewal], at=now) == [Killed()]
    (entry, _) = (await ann.get(f"/v1/orgs/{ann.org}/audit")).json["items"]
    assert (entry["action"], entry["target"]) == ("session.ended", "one")


class TestHttpProbes(ProbesContract):
    @pytest.fixture
    async def probes(self):
        client = new_client()
        async with gateway(is_engine=True) as engine:
            targets = {
                Target.parse(engine.url): ("live", "file"),
                Target.parse(f"http://127.0.0.1:{free_port()}"): ("live",),
            }
            yield HttpProbes(targets, lambda: client, SystemClock())
        await client.close()


async def test_engines_are_probed_by_name(running):
    """
    Without their token; not the bundled one.
    """
    olga = await operator(running)
    assert (await olga.get("/v1/operator/engines")).json == {"items": []}

    async with gateway(is_engine=True) as engine:
        settings = attrs.evolve(
            SETTINGS, ws_engines=(engine.url,), file_engines=(engine.url,), engine_token="hidden"
        )
        async with backend(settings) as with_engines:
            answer = await (await operator(with_engines)).get("/v1/operator/engines")

    (one,) = answer.json["items"]
    assert (one["name"], one["purposes"]) == (f"127.0.0.1:{engine.port}", ["live", "file"])
    assert (one["is_alive"], one["problem"]) == (True, "")
    assert "hidden" not in answer.text
