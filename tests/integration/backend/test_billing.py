"""Plans, charges, invoices and usage over HTTP."""

import csv
import io
import json

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import attrs
import pytest

from dependency_injector import providers
from tests.contract.values import lease, record
from tests.integration.backend.world import used
from tests.servers.away import Away
from tests.servers.backend import backend
from tests.servers.command_line import aldea_process

from adapters.memory.clock import ManualClock
from adapters.memory.payments import MemoryPayments
from aldea_core.domain.access.keys import KeyDraft
from aldea_core.domain.access.limits import Entitlements, Limits, SessionKind
from aldea_core.domain.ids import KeyId, OrgId, UserId
from entrypoints.containers.invoicing import Invoicing
from entrypoints.containers.stores import Stores


IN_OCTOBER = datetime(2026, 10, 12, 9, tzinfo=UTC)
MINUTE = 60_000
SPAIN = {"country": "ES", "rate": "21"}
GOLD = {
    "id": "gold",
    "name": "Gold",
    "currency": "EUR",
    "prices": [
        {"kind": "live", "a_minute": "0.01"},
        {"kind": "file", "a_minute": "0.0050"},
    ],
    "monthly_fee": 900,
    "limits": {"concurrent_live": 50, "quota_ms": None},
}


class World:
    """Ann owns an org, and Olga runs the platform."""

    def __init__(self, running, ann, olga, clock) -> None:
        self.running, self.ann, self.olga, self.clock = running, ann, olga, clock
        self.services = running.services
        self.org = ann.org

    async def use(self, session: str, minutes: float, **more) -> None:
        values = {"org": OrgId(self.org), "started": self.clock.now(), **more}
        used = record(session, audio_ms=round(minutes * MINUTE), **values)
        await self.services.stores.ledger().record([used])

    async def mine(self, path: str):
        return await self.ann.get(f"/v1/orgs/{self.org}{path}")

    async def plans(self, person, path: str = "/v1/operator/plans") -> list[str]:
        return [plan["id"] for plan in (await person.get(path)).json["items"]]

    async def invoice(self, month: str = "2026-10"):
        wanted = {"org_id": self.org, "month": month}
        return (await self.olga.post("/v1/operator/invoices", wanted)).json["invoice"]


@pytest.fixture
def clock():
    clock = ManualClock(IN_OCTOBER)
    with Stores.clock.override(providers.Object(clock)):
        yield clock


@pytest.fixture
async def world(clock):
    async with backend() as running:
        yield await made_world(running, clock)


async def made_world(running, clock) -> World:
    ann = await running.person()
    olga = await running.person("olga")
    users = running.services.people.users()
    user = await users.of_email(olga.email)
    await users.put(attrs.evolve(user, id=UserId(user.id), is_operator=True))
    return World(running, ann, olga, clock)


class TestPlans:
    async def test_subscribed_org_has_the_plans_limits_and_currency(self, world):
        made = await world.olga.post("/v1/operator/plans", GOLD)
        assert made.status == 201
        assert [price["a_minute"] for price in made.json["prices"]] == ["0.01", "0.0050"]
        put = await world.olga.call("PUT", f"/v1/operator/orgs/{world.org}/plan", {"plan": "gold"})
        assert put.json == made.json

        charges = (await world.mine("/charges")).json
        assert (charges["plan"]["id"], charges["currency"], charges["total"]) == (
            "gold",
            "EUR",
            900,
        )
        limits = (await world.mine("/limits")).json
        assert limits["concurrent_live"] == 50
        plans = (await world.ann.get("/v1/plans")).json["items"]
        assert [plan["id"] for plan in plans] == ["standard", "gold"]

    async def test_plan_limit_change_reaches_its_orgs(self, world):
        """
        Limits that are not named stay. Those of a plan that changed meanwhile are not changed.
        """
        plan, wanted = "/v1/operator/plans/standard", {"concurrent_files": 3}
        seen = (await world.olga.get(plan)).headers["ETag"]
        changed = await world.olga.call("PATCH", f"{plan}/limits", wanted, If_Match=seen)
        late = await world.olga.call("PATCH", f"{plan}/limits", wanted, If_Match=seen)

        assert late.status == 412
        assert changed.json == (await world.olga.get(plan)).json
        assert changed.json["limits"]["concurrent_files"] == 3
        limits = (await world.mine("/limits")).json
        assert (limits["concurrent_files"], limits["concurrent_live"]) == (3, 10)

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"id": "Gold!"}, "id"),
            ({"currency": "euro"}, "currency"),
            ({"currency": "ABC"}, "currency"),
            ({"prices": [{"kind": "live", "a_minute": "1"}] * 2}, None),
            ({"prices": [{"kind": "live", "a_minute": "-1"}] * 2}, "prices"),
            ({"prices": [{"kind": "live", "a_minute": "99999"}] * 2}, "prices"),
            ({"monthly_fee": 1.5}, "monthly_fee"),
        ],
    )
    async def test_invalid_plan_is_refused_by_field(self, world, wrong, field):
        refused = await world.olga.post("/v1/operator/plans", GOLD | wrong)

        assert refused.status == 422
        if field:
            assert refused.json["errors"][0]["field"].startswith(field)

    async def test_duplicate_plan_is_refused(self, world):
        """
        Its prices stay.
        """
        await world.olga.post("/v1/operator/plans", GOLD)

        assert (await world.olga.post("/v1/operator/plans", GOLD)).status == 409
        gone = await world.olga.call("PUT", f"/v1/operator/orgs/{world.org}/plan", {"plan": "none"})
        assert gone.status == 404

    async def test_an_archived_plan_is_not_chosen(self, world):
        """
        Orgs on it stay on it, at its prices; and it can be offered again.
        """
        put, gold = f"/v1/operator/orgs/{world.org}/plan", "/v1/operator/plans/gold"
        for plan in ("gold", "silver"):
            assert (await world.olga.post("/v1/operator/plans", GOLD | {"id": plan})).status == 201
        assert (await world.olga.call("PUT", put, {"plan": "gold"})).status == 200

        archived = await world.olga.call("PATCH", gold, {"is_archived": True})
        assert archived.json["archived_at"] == "2026-10-12T09:00:00.000Z"
        again = await world.olga.call("PATCH", gold, {"is_archived": True})
        assert again.json == archived.json
        assert (await world.mine("/charges")).json["plan"]["id"] == "gold"
        for path in ("/v1/plans", f"/v1/orgs/{world.org}/plans"):
            assert await world.plans(world.ann, path) == ["standard", "silver"]
        assert await world.plans(world.olga) == ["standard", "gold", "silver"]
        assert (await world.olga.call("PUT", put, {"plan": "gold"})).status == 200

        assert (await world.olga.call("PUT", put, {"plan": "silver"})).status == 200
        refused = await world.olga.call("PUT", put, {"plan": "gold"})
        assert (refused.status, "archived" in refused.json["detail"]) == (409, True)
        assert (await world.mine("/charges")).json["plan"]["id"] == "silver"
        assert (await world.olga.call("PATCH", gold, {"is_archived": False})).status == 200
        assert (await world.olga.call("PUT", put, {"plan": "gold"})).status == 200
        log = (await world.olga.get("/v1/operator/audit?action=plan.archived")).json["items"]
        assert [entry["after"] for entry in log] == [{"is_archived": False}, {"is_archived": True}]

    async def test_the_standard_plan_is_not_archived(self, world):
        """
        New orgs are on it. And what is no plan cannot be.
        """
        wanted = {"is_archived": True}
        for plan, status in (("standard", 409), ("none", 404)):
            path = f"/v1/operator/plans/{plan}"
            assert (await world.olga.call("PATCH", path, wanted)).status == status
        assert await world.plans(world.ann, "/v1/plans") == ["standard"]

    async def test_a_plan_for_one_org(self, world):
        """
        Is seen by that org and by operators, and no other org is put on it.
        """
        bob = await world.running.person("bob")
        none = await world.olga.post("/v1/operator/plans", GOLD | {"org_id": "none"})
        assert (none.status, none.json["errors"][0]["field"]) == (422, "org_id")
        made = await world.olga.post("/v1/operator/plans", GOLD | {"org_id": world.org})
        assert (made.status, made.json["org_id"]) == (201, world.org)

        assert await world.plans(world.ann, f"/v1/orgs/{world.org}/plans") == ["standard", "gold"]
        assert await world.plans(world.olga) == ["standard", "gold"]
        for path in ("/v1/plans", f"/v1/orgs/{bob.org}/plans"):
            assert await world.plans(bob, path) == ["standard"]
        wanted = {"plan": "gold"}
        refused = await world.olga.call("PUT", f"/v1/operator/orgs/{bob.org}/plan", wanted)
        assert (refused.status, "another" in refused.json["detail"]) == (409, True)
        assert (
            await world.olga.call("PUT", f"/v1/operator/orgs/{world.org}/plan", wanted)
        ).status == 200

    async def test_cap_and_plan_have_one_currency(self, world):
        """
        A plan or a cap in another currency is refused.
        """
        euros = GOLD | {"id": "euros", "currency": "EUR"}
        assert (await world.olga.post("/v1/operator/plans", euros)).status == 201
        cap, plan = f"/v1/orgs/{world.org}/spending-cap", f"/v1/operator/orgs/{world.org}/plan"
        wrong = await world.ann.change("PUT", cap, {"amount": 77, "currency": "EUR"})
        assert (wrong.status, wrong.json["errors"][0]["field"]) == (422, "currency")
        right = await world.ann.change("PUT", cap, {"amount": 77, "currency": "USD"})
        assert right.json["amount"] == 77

        refused = await world.olga.call("PUT", plan, {"plan": "euros"})
        assert (refused.status, "USD" in refused.json["detail"]) == (409, True)
        assert (await world.mine("/charges")).json["currency"] == "USD"
        assert (await world.ann.change("PUT", cap, {"amount": None})).status == 200
        assert (await world.olga.call("PUT", plan, {"plan": "euros"})).status == 200
        assert (await world.mine("/charges")).json["currency"] == "EUR"

    async def test_cap_below_current_charges_refuses_all_audio(self, world):
        """
        It is set, and the response says that it is reached.
        """
        await used(world.services, world.org, months_ago=0)
        owed = (await world.mine("/charges")).json["total"]
        path = f"/v1/orgs/{world.org}/spending-cap"

        assert owed > 0
        for amount, reached in ((owed - 1, True), (owed, True), (owed + 1000, False)):
            cap = await world.ann.change("PUT", path, {"amount": amount})
            assert cap.json["is_reached"] is reached
            assert (cap.json["quota_ms"] <= 3_600_000) is reached

    async def test_cap_that_was_read_is_changed_although_usage_came_in(self, world):
        path = f"/v1/orgs/{world.org}/spending-cap"
        await world.ann.change("PUT", path, {"amount": 10})
        seen = await world.ann.get(path)
        await world.use("a", 100)
        assert (await world.ann.get(path)).json["is_reached"] is not seen.json["is_reached"]
        changed = await world.ann.call("PUT", path, {"amount": 11}, If_Match=seen.headers["ETag"])

        assert (changed.status, changed.json["amount"]) == (200, 11)

    async def test_owner_sets_a_spending_cap(self, world):
        """
        With If-Match; the response has the audio it buys. Null removes it.
        """
        path = f"/v1/orgs/{world.org}/spending-cap"
        cap = await world.ann.change("PUT", path, {"amount": 77})
        assert cap.json == {
            "amount": 77,
            "currency": "USD",
            "quota_ms": 100 * MINUTE,
            "is_reached": False,
        }
        await world.services.sync.sync_org()(OrgId(world.org))
        entitlements_of_orgs = await world.services.stores.keystore().entitlements_of_orgs(
            [OrgId(world.org)]
        )
        assert entitlements_of_orgs[OrgId(world.org)].limits.quota_ms == 100 * MINUTE

        removed = await world.ann.change("PUT", path, {"amount": None})
        assert removed.json["amount"] is None
        by_operator = await world.olga.call(
            "PUT", f"/v1/operator/orgs/{world.org}/spending-cap", {"amount": 5}
        )
        assert by_operator.json["amount"] == 5
        assert (await world.mine("/charges")).json["cap"]["amount"] == 5


class TestInvoices:
    async def test_from_usage_to_a_paid_invoice(self, world):
        """
        Made once, issued with a number, paid; each step is in the audit log.
        """
        await world.use("a", 1000)
        assert (await world.mine("/charges")).json["total"] == 770
        world.clock.advance(30 * 86_400)
        world.ann, world.olga = [
            await world.running.sign_in(person) for person in (world.ann, world.olga)
        ]
        made = await world.invoice()
        again = await world.invoice()
        assert made == again
        assert (made["total"], made["status"], made["number"]) == (770, "draft", "")
        assert sum(line["amount"] for line in made["lines"]) == made["total"]

        one = f"/v1/operator/invoices/{made['id']}"
        assert (await world.olga.post(one + "/pay")).status == 409
        issued = (await world.olga.post(one + "/issue")).json
        assert (issued["status"], issued["number"]) == ("issued", "2026-000001")
        assert (await world.olga.post(one + "/pay")).json["status"] == "paid"
        assert (await world.olga.post(one + "/void")).status == 409
        assert (await world.olga.get(one)).json["status"] == "paid"
        assert (await world.mine("/invoices")).json["items"][0]["status"] == "paid"
        audit = (await world.mine("/audit")).json["items"]
        assert [entry["action"] for entry in audit][:3] == [
            "invoice.pay",
            "invoice.issue",
            "invoice.made",
        ]

    async def test_invoice_that_the_provider_does_not_take_is_audited(self, clock):
        """
        It is issued, and stays so. So is one that turns out to be paid as it is made void.
        """
        away = Away(payments := MemoryPayments())
        with Invoicing.payments.override(providers.Object(away)):
            async with backend() as running:
                world = await made_world(running, clock)
                await world.use("a", 1000)
                world.clock.advance(30 * 86_400)
                world.ann, world.olga = [
                    await running.sign_in(person) for person in (world.ann, world.olga)
                ]
                one = f"/v1/operator/invoices/{(await world.invoice())['id']}"
                away.is_away = True
                assert (await world.olga.post(one + "/issue")).status == 503
                away.is_away = False
                issued = (await world.olga.post(one + "/issue")).json
                payments.collected.add(issued["id"])
                assert (await world.olga.post(one + "/void")).status == 409

                audit = (await world.mine("/audit")).json["items"]
        assert [(entry["action"], entry["after"]["status"]) for entry in audit[:2]] == [
            ("invoice.void", "paid"),
            ("invoice.issue", "issued"),
        ]

    async def test_invoice_as_page_and_pdf(self, world):
        """
        The page runs no script.
        """
        await world.use("a", 1000)
        world.clock.advance(30 * 86_400)
        world.ann, world.olga = [
            await world.running.sign_in(person) for person in (world.ann, world.olga)
        ]
        made = await world.invoice()

        page = await world.mine(f"/invoices/{made['id']}/html")
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "script" not in page.headers["Content-Security-Policy"]
        assert "7.70" in page.text
        async with world.running.client.get(
            f"/v1/orgs/{world.org}/invoices/{made['id']}/pdf",
            headers={"Authorization": f"Bearer {world.ann.token}"},
        ) as pdf:
            assert (await pdf.read()).startswith(b"%PDF")
            assert pdf.headers["Content-Disposition"] == (
                'attachment; filename="invoice-2026-10.pdf"'
            )
        assert (await world.mine("/invoices/none/pdf")).status == 404

    async def test_invoice_and_credit_note_are_opened_on_the_command_line(
        self, world, tmp_path, monkeypatch
    ):
        """
        By month or number, as PDFs; a credit note by its number.
        """
        await world.use("a", 1000)
        world.clock.advance(30 * 86_400)
        world.ann, world.olga = [
            await world.running.sign_in(person) for person in (world.ann, world.olga)
        ]
        made = await world.invoice()
        one = f"/v1/operator/invoices/{made['id']}"
        number = (await world.olga.post(f"{one}/issue")).json["number"]
        note = await world.olga.post(f"{one}/credit-notes", {"amount": 70, "reason": "Outage"})
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
        monkeypatch.setenv("ALDEA_BACKEND_URL", world.running.url)
        _, secret = await world.services.identity.create_key()(
            OrgId(world.org),
            KeyDraft("finance", scopes=frozenset({"billing:read", "project:read"})),
        )
        monkeypatch.setenv("ALDEA_API_KEY", secret.reveal())

        listed = await aldea_process("invoices", "credit-notes")
        assert "CN-2026-000001" in listed.out, listed
        for name, file in (
            ("2026-10", f"invoice-{number}.pdf"),
            (number, f"invoice-{number}.pdf"),
            ("CN-2026-000001", "credit-note-CN-2026-000001.pdf"),
        ):
            opened = await aldea_process("invoices", "open", name)
            assert opened.out == f"Written to {file}.\n", opened
            assert (tmp_path / file).read_bytes().startswith(b"%PDF")
            (tmp_path / file).unlink()
        unknown = await aldea_process("invoices", "open", "CN-2026-000002")
        assert (unknown.status, "CN-2026-000001" in unknown.err) == (1, True)
        page = await world.mine(f"/credit-notes/{note.json['id']}/html")
        assert "Outage" in page.text
        assert "script" not in page.headers["Content-Security-Policy"]
        assert (await world.mine("/credit-notes/none/pdf")).status == 404

    async def test_invoices_are_listed_in_pages(self, world):
        """
        Newest first; a month's void invoices are listed too.
        """
        await world.olga.post("/v1/operator/plans", GOLD)
        await world.olga.call("PUT", f"/v1/operator/orgs/{world.org}/plan", {"plan": "gold"})
        world.clock.advance(150 * 86_400)
        world.ann, world.olga = [
            await world.running.sign_in(person) for person in (world.ann, world.olga)
        ]
        for month in ("2026-10", "2026-11", "2026-12"):
            made = await world.invoice(month)
        await world.olga.post(f"/v1/operator/invoices/{made['id']}/void")
        await world.invoice("2026-12")

        seen, path = [], "/invoices?limit=1"
        while path:
            page = (await world.mine(path)).json
            seen.append([one["month"] for one in page["items"]])
            path = page["next"] and f"/invoices?limit=1&cursor={page['next']}"

        assert seen == [["2026-12"], ["2026-12"], ["2026-11"], ["2026-10"]]
        assert (await world.mine("/invoices?cursor=bm9uZQ")).status == 422

    async def test_running_month_has_no_invoice(self, world):
        """
        Nor has a month without charges.
        """
        running = await world.olga.post(
            "/v1/operator/invoices", {"org_id": world.org, "month": "2026-10"}
        )
        assert running.status == 422
        nothing = await world.olga.post(
            "/v1/operator/invoices", {"org_id": world.org, "month": "2026-09"}
        )
        assert nothing.json == {"invoice": None, "new": False}


async def test_a_country_has_one_tax_rate(world):
    """
    Of two nothing says which was meant, so none is set.
    """
    path = "/v1/operator/tax-rates"
    refused = await world.olga.change("PUT", path, {"items": [SPAIN, {**SPAIN, "rate": "4"}]})
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "items")
    assert (await world.olga.get(path)).json == {"items": []}


async def test_terms_of_an_org_are_set_as_they_were_read(world):
    """
    Both together: of another operator's, none are overwritten. What is not set is its country's.
    """
    path = f"/v1/operator/orgs/{world.org}/billing-terms"
    await world.olga.change("PUT", "/v1/operator/tax-rates", {"items": [SPAIN]})
    profile = f"/v1/orgs/{world.org}/billing-profile"
    await world.ann.change("PUT", profile, {"legal_name": "Acme SL", "country": "ES"})
    seen = await world.olga.get(path)
    assert seen.json == {
        "tax_rate": None,
        "payment_days": None,
        "effective_tax_rate": "21",
        "effective_payment_days": 14,
    }
    exempt = {"tax_rate": "0", "payment_days": None}
    done = await world.olga.call("PUT", path, exempt, If_Match=seen.headers["ETag"])
    late = await world.olga.call("PUT", path, {"payment_days": 30}, If_Match=seen.headers["ETag"])

    assert late.status == 412
    assert done.json == (await world.olga.get(path)).json
    assert done.json == {**seen.json, "tax_rate": "0", "effective_tax_rate": "0"}


async def test_overview_of_an_org(world):
    """
    Of usage, money, limits and failures; without amounts for a key that may not see money.
    """
    await world.use("a", 100)
    await world.use("b", 0, kind=SessionKind.FILE, status=413, reason="payload_too_large")
    await world.use("before", 1, started=datetime(2026, 9, 30, 23, 59, tzinfo=UTC))
    leases, now = world.services.stores.leases(), world.clock.now()
    await leases.admit(lease(org=OrgId(world.org), at=now), Entitlements(), at=now)
    found = (await world.mine("/overview")).json
    owed = (await world.mine("/charges")).json["total"]

    assert (datetime.fromisoformat(found["measured_at"]), found["zone"]) == (IN_OCTOBER, "UTC")
    this, last = found["this_month"], found["last_month"]
    assert (this["month"], last["month"]) == ("2026-10", "2026-09")
    assert datetime.fromisoformat(this["ends_at"]) == datetime(2026, 11, 1, tzinfo=UTC)
    assert (this["requests"], this["audio_ms"], this["live_ms"]) == (2, 6_000_000, 6_000_000)
    assert (last["requests"], last["audio_ms"]) == (1, 60_000)
    assert this["amount"] == owed > last["amount"] > 0
    assert found["forecast"]["amount"] > owed
    assert (this["peak"], last["peak"]) == ({"live": 1, "files": 0}, {"live": 0, "files": 0})
    assert found["sessions"]["live"] == {"open": 1, "limit": 10}
    assert found["errors"] == {
        "failed": 1,
        "rate": 0.5,
        "reasons": [
            {
                "status": 413,
                "reason": "payload_too_large",
                "text": "Request Entity Too Large.",
                "count": 1,
            }
        ],
        "refused": [],
    }
    assert (found["cap"], found["unpaid"], found["quota"]["limit_ms"]) == (None, [], None)
    wanted = {"name": "k", "scopes": ["usage:read"]}
    key = (await world.ann.post(f"/v1/orgs/{world.org}/keys", wanted)).json["key"]
    seen = await attrs.evolve(world.ann, token=key).get(f"/v1/orgs/{world.org}/overview")
    assert seen.json["this_month"] == {**this, "amount": None}
    assert seen.json["forecast"] == {**found["forecast"], "amount": None}
    assert seen.json["plan"] == {**found["plan"], "monthly_fee": None}
    assert found["plan"]["monthly_fee"] is not None


async def test_overview_against_cap_and_quota(world):
    await world.use("a", 100)
    owed = (await world.mine("/charges")).json["total"]
    cap = await world.ann.change("PUT", f"/v1/orgs/{world.org}/spending-cap", {"amount": 2 * owed})
    found = (await world.mine("/overview")).json

    assert cap.status == 200
    assert found["cap"]["share"] == 0.5
    assert found["cap"]["forecast_share"] > 0.5
    assert not found["cap"]["is_reached"]
    assert found["quota"]["used_ms"] == 6_000_000


class TestUsage:
    async def fill(self, world) -> None:
        await world.use("a", 10)
        await world.use(
            "b", 5, kind=SessionKind.FILE, status=200, started=IN_OCTOBER - timedelta(days=1)
        )
        await world.use("c", 0, kind=SessionKind.FILE, status=503, tags=("=1+1", "x"))
        world.clock.advance(60)

    async def test_groups_add_up_to_totals(self, world):
        await self.fill(world)
        totals = (await world.mine("/usage")).json["totals"]
        days = (await world.mine("/usage/groups?by=day&zone=Europe/Madrid")).json
        kinds = (await world.mine("/usage/groups?by=kind")).json

        assert totals == {
            "sessions": 3,
            "failed": 1,
            "audio_ms": 15 * MINUTE,
            "live_ms": 10 * MINUTE,
            "file_ms": 5 * MINUTE,
        }
        assert days["totals"] == kinds["totals"] == totals
        assert [day["name"] for day in days["items"]] == [
            f"2026-10-{day:02}" for day in range(1, 13)
        ]
        assert [day["totals"]["sessions"] for day in days["items"]] == [0] * 10 + [1, 2]

    async def test_groups_by_key_and_day_have_names_and_costs(self, world):
        """
        Days without usage are there; costs are of the plan, and no amounts for keys that see none.
        """
        wanted = {"name": "Gate kiosks", "scopes": ["usage:read"]}
        made = (await world.ann.post(f"/v1/orgs/{world.org}/keys", wanted)).json
        await world.use("a", 10, key=KeyId(made["api_key"]["id"]))
        await world.use("b", 20, key=KeyId("gone"), started=IN_OCTOBER - timedelta(days=1))
        path = "/usage/groups?by=key,day&since=2026-10-11&until=2026-10-13"
        plan = (await world.mine("/charges")).json["plan"]
        price = next(Decimal(one["a_minute"]) for one in plan["prices"] if one["kind"] == "live")
        found = (await world.mine(path)).json
        days = ["2026-10-11", "2026-10-12", "2026-10-13"]

        by_label = {one["label"]: one for one in found["items"]}
        kiosks = by_label["Gate kiosks"]
        assert (by_label[""]["name"], kiosks["name"]) == ("gone", made["api_key"]["id"])
        assert [day["name"] for day in kiosks["groups"]] == days
        assert [day["totals"]["sessions"] for day in kiosks["groups"]] == [0, 1, 0]
        assert [Decimal(day["cost"]) for day in kiosks["groups"]] == [0, 10 * price, 0]
        assert Decimal(found["cost"]) == 30 * price
        assert (found["currency"], found["zone"]) == (plan["currency"], "UTC")
        assert kiosks["groups"][0]["groups"] is None
        seen = await attrs.evolve(world.ann, token=made["key"]).get(f"/v1/orgs/{world.org}{path}")
        assert (seen.json["totals"], seen.json["cost"]) == (found["totals"], None)
        assert seen.json["items"][0]["groups"][0]["cost"] is None

    async def test_day_is_of_the_zone_asked_for(self, world):
        """
        As `since` it begins the selection; as `until` it is included.
        """
        midnight = datetime(2026, 10, 10, 22, tzinfo=UTC)  # in Madrid
        for session, at in (
            ("before", midnight - timedelta(seconds=1)),
            ("first", midnight),
            ("last", midnight + timedelta(hours=23, minutes=59)),
            ("after", midnight + timedelta(hours=24)),
        ):
            await world.use(session, 1, started=at)
        path = "since=2026-10-11&until=2026-10-11&zone=Europe/Madrid"
        listed = (await world.mine(f"/requests?{path}")).json["items"]
        groups = (await world.mine(f"/usage/groups?by=day&{path}")).json

        assert [one["id"] for one in listed] == ["last", "first"]
        assert [(one["name"], one["totals"]["sessions"]) for one in groups["items"]] == [
            ("2026-10-11", 2)
        ]

    async def test_requests_are_listed_and_found_by_id(self, world):
        """
        With their outcomes.
        """
        await self.fill(world)
        first = (await world.mine("/requests?limit=2")).json
        second = (await world.mine(f"/requests?limit=2&cursor={first['next']}")).json

        found = first["items"] + second["items"]
        assert [(one["id"], one["status"]) for one in found] == [
            ("c", 503),
            ("a", 1000),
            ("b", 200),
        ]
        assert second["next"] is None
        assert (await world.mine("/requests/a")).json == found[1]
        assert (await world.mine("/requests/z")).status == 404
        failed = (await world.mine("/requests?failed=true&kind=file")).json["items"]
        assert [one["id"] for one in failed] == ["c"]

    async def test_request_shows_why_it_ended_and_what_it_cost(self, world):
        wanted = {"name": "Gate kiosks", "scopes": ["usage:read"]}
        made = (await world.ann.post(f"/v1/orgs/{world.org}/keys", wanted)).json
        await world.use("a", 10, key=KeyId(made["api_key"]["id"]), status=1011, reason="idle")
        await world.use("ab", 0, key=KeyId("gone"), kind=SessionKind.FILE, status=413, reason="x")
        world.clock.advance(60)
        cost = (await world.mine("/usage/groups?by=reason&reason=idle")).json["cost"]

        found = (await world.mine("/requests/a")).json
        assert (found["key_name"], found["reason"]) == ("Gate kiosks", "idle")
        assert found["reason_text"] == "Neither audio nor KeepAlive came in time."
        assert (found["first_word_ms"], found["features"]) == (318, ["diarize", "punctuate"])
        assert Decimal(found["cost"]) > 0
        assert found["cost"] == cost
        seen = await attrs.evolve(world.ann, token=made["key"]).get(
            f"/v1/orgs/{world.org}/requests/a"
        )
        assert seen.json == {**found, "cost": None}
        other = (await world.mine("/requests/ab")).json
        assert (other["key_name"], other["reason_text"]) == ("", "Request Entity Too Large.")
        for query, ids in (("id=a", ["ab", "a"]), ("id=ab", ["ab"]), ("reason=idle", ["a"])):
            listed = (await world.mine(f"/requests?{query}")).json["items"]
            assert [one["id"] for one in listed] == ids

    async def test_refusals_by_day_key_and_limit(self, world):
        """
        From the gateways' store; earlier days by date.
        """
        leases, now = world.services.stores.leases(), world.clock.now()
        nothing = Entitlements(Limits(concurrent_files=0, quota_ms=0))
        for n, entitlements in enumerate(
            [nothing, nothing, Entitlements(Limits(concurrent_files=0))]
        ):
            await leases.admit(
                lease(f"r{n}", org=OrgId(world.org), kind=SessionKind.FILE, at=now),
                entitlements,
                at=now,
            )
        await world.services.billing.record_refusals()()

        found = (await world.mine("/usage/refusals")).json
        before = (await world.mine("/usage/refusals?until=2026-10-11T23:59:59Z")).json

        assert [(each["day"], each["reason"], each["count"]) for each in found["items"]] == [
            ("2026-10-12", "concurrent_files", 1),
            ("2026-10-12", "quota", 2),
        ]
        assert (found["total"], before["total"]) == (3, 0)

    async def test_csv_has_all_rows_and_no_formulas(self, world):
        """
        Spreadsheets would run them.
        """
        await self.fill(world)
        answer = await world.mine("/usage/csv")
        rows = list(csv.DictReader(io.StringIO(answer.text)))

        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert "attachment" in answer.headers["Content-Disposition"]
        assert [row["id"] for row in rows] == ["c", "a", "b"]
        assert sum(int(row["audio_ms"]) for row in rows) == 15 * MINUTE
        assert rows[0]["tags"] == "'=1+1 x"
        assert rows[1]["started_at"] == "2026-10-12T09:00:00.000Z"

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ("usage?since=yesterday", "since"),
            ("usage?since=2026-10-02T00:00:00", "since"),
            ("usage?since=2026-10-02T00:00:00Z&until=2026-10-01T00:00:00Z", "until"),
            ("usage/groups?by=hour&since=2020-01-01T00:00:00Z", "until"),
            ("usage/groups?by=mood", "by"),
            ("usage/groups?by=day,hour", "by"),
            ("usage/groups?by=key,key", "by"),
            ("usage/groups?by=key,kind,tag", "by"),
            ("usage/groups?by=month&since=1999-01-01", "until"),
            ("usage?since=2026-02-30", "since"),
            ("usage?until=9999-12-31", "until"),
            ("usage?zone=Mars/Base", "zone"),
            ("usage?kind=video", "kind"),
            ("usage?status=null", "status"),
            ("requests?failed=null", "failed"),
            ("requests?limit=101", "limit"),
            ("requests?cursor=x", "cursor"),
            ("usage?colour=red", "colour"),
            ("usage/refusals?since=2026-10-02T00:00:00Z&until=2026-10-01T00:00:00Z", "until"),
        ],
    )
    async def test_invalid_report_parameter_is_refused_by_field(self, world, query, field):
        refused = await world.mine("/" + query)

        assert refused.status == 422
        assert refused.json["errors"][0]["field"] == field

    async def test_unknown_time_zone_is_refused(self, world):
        assert (await world.mine("/usage/groups?zone=Mars/Base")).status == 422


async def test_signed_webhook_marks_invoice_paid(clock):
    """
    Unsigned ones are refused without detail.
    """
    payments = MemoryPayments()
    with Invoicing.payments.override(providers.Object(payments)):
        async with backend() as running:
            ann, olga = await running.person(), await running.person("olga")
            user = await running.services.people.users().of_email(olga.email)
            await running.services.people.users().put(attrs.evolve(user, is_operator=True))
            world = World(running, ann, olga, clock)
            await world.use("a", 1000)
            clock.advance(30 * 86_400)
            world.olga = await running.sign_in(olga)
            made = await world.invoice()
            issued = await world.olga.post(f"/v1/operator/invoices/{made['id']}/issue")
            assert issued.json["pay_url"].startswith("https://pay.example/")
            assert payments.asked == {made["id"]: 770}

            body = json.dumps({"invoice": made["id"], "event": "paid"}).encode()
            url = "/v1/payments/notices"
            for signature, status in (("wrong", 400), (payments.sign(body), 200)):
                headers = {"Stripe-Signature": signature}
                async with running.client.post(url, data=body, headers=headers) as answer:
                    assert answer.status == status
            found = await world.olga.get(f"/v1/operator/invoices/{made['id']}")
            assert found.json["status"] == "paid"
