"""What operators do on the dashboard; and webhooks."""

import html
import re

from datetime import timedelta

import attrs
import pytest

from tests.contract.values import record
from tests.integration.backend.world import billed


@pytest.fixture
async def operator(site):
    browser = await site.person("olga")
    users = site.backend.services.people.users()
    user = await users.of_email(browser.email)
    await users.put(attrs.evolve(user, is_operator=True))
    return browser


async def test_operator_finds_and_suspends_an_org_for_a_reason_that_it_sees(site, operator):
    ann = await site.person("ann")
    found = await operator.get("/operator/?search=ann")
    assert f"/operator/orgs/{ann.org}" in found.text
    one = f"/operator/orgs/{ann.org}"

    without = await operator.send(f"{one}/status", page=one, status="suspended")
    done = await operator.send(
        f"{one}/status", page=one, status="suspended", reason="An invoice is unpaid."
    )
    seen = await ann.get(ann.at("/"))
    lifted = await operator.send(f"{one}/status", page=one, status="active")

    assert without.status == 422
    assert done.headers["Location"] == one
    assert "This organisation is suspended." in seen.text
    assert "An invoice is unpaid." in seen.text
    assert lifted.status == 303
    assert "This organisation is suspended." not in (await ann.get(ann.at("/"))).text


async def test_operator_views_an_org_and_changes_nothing(site, operator):
    ann = await site.person("ann")
    await ann.send(ann.at("/keys/new"), name="Gate kiosks", may="transcribe")
    one = f"/operator/orgs/{ann.org}"
    assert (await operator.get(ann.at("/keys"))).status == 404

    without = await operator.send(f"{one}/view", page=one)
    assert without.headers["Location"] == one
    assert (await operator.get(ann.at("/keys"))).status == 404
    begun = await operator.send(f"{one}/view", page=one, reason="They asked why.")

    assert begun.headers["Location"] == ann.at("/")
    for path in ("/", "/keys", "/usage", "/live", "/billing", "/team", "/audit", "/webhooks"):
        page = await operator.get(ann.at(path))
        assert page.status == 200, path
        assert "You view ann&#39;s as its owners do." in page.text
    assert "Gate kiosks" in (await operator.get(ann.at("/keys"))).text
    made = await operator.send(ann.at("/keys/new"), name="Mine", may="transcribe")
    assert made.status == 403
    assert "which changes nothing" in made.text
    seen = await ann.get(ann.at("/audit"))
    assert "org.viewed" in seen.text
    assert "They asked why." in seen.text

    await operator.send("/operator/leave-view", page=ann.at("/"))

    assert (await operator.get(ann.at("/keys"))).status == 404
    assert "Mine" not in (await ann.get(ann.at("/keys"))).text


async def test_view_that_is_over_leads_back_and_the_operator_stays_signed_in(site, operator):
    ann = await site.person("ann")
    one = f"/operator/orgs/{ann.org}"
    await operator.send(f"{one}/view", page=one, reason="They asked why.")
    listed = await operator.get("/profile")
    ends = re.findall(r"/profile/sign-ins/[^/]+/end", listed.text)

    for end in ends:
        await operator.send(end, page="/profile")
    over = await operator.get(ann.at("/"))

    assert len(ends) == 1
    assert over.headers["Location"] == one
    assert "The view of the organisation is over." in (await operator.get(one)).text


async def test_signing_out_ends_the_view_in_every_copy_of_the_cookie(site, operator):
    ann, thief = await site.person("ann"), await site.browser()
    one = f"/operator/orgs/{ann.org}"
    await operator.send(f"{one}/view", page=one, reason="They asked why.")
    copied = {cookie.key: cookie.value for cookie in operator.client.cookie_jar}
    thief.client.cookie_jar.update_cookies(copied)

    await operator.send("/sign-out", page=one)

    stolen = await thief.get(ann.at("/keys"))
    assert stolen.headers["Location"].startswith("/sign-in?next=")


async def test_plan_and_limits_of_an_org_are_changed_and_set_back(site, operator):
    ann = await site.person("ann")
    one = f"/operator/orgs/{ann.org}"
    typed = {"id": "gold", "name": "Gold", "currency": "usd", "live": "0.01", "file": "0.005"}
    wrong = await operator.send("/operator/plans", **{**typed, "live": "cheap", "fee": "1.005"})
    refused = await operator.send("/operator/plans", **{**typed, "live": "cheap"})
    made = await operator.send("/operator/plans", **typed, fee="25", included="100")

    changed = await operator.send(f"{one}/plan", page=one, plan="gold")
    limits = {
        "concurrent_live": "3",
        "concurrent_files": "4",
        "request_burst": "5",
        "quota_ms": "1500",
        "max_upload_bytes": "0.5",
        "max_file_seconds": "60",
        "max_live_seconds": "70",
        "requests_per_minute": "",
    }
    form = await operator.get(f"{one}/limits")
    version = html.unescape(re.search(r'name="version" value="([^"]*)"', form.text)[1])
    bad = await operator.send(
        f"{one}/limits", **{**limits, "concurrent_live": "many"}, version=version
    )
    set_ = await operator.send(f"{one}/limits", **limits, version=version)
    stale = await operator.send(f"{one}/limits", **limits, version=version)
    billing = await ann.get(ann.at("/billing"))

    assert (wrong.status, refused.status, made.status) == (422, 422, 303)
    assert (changed.status, bad.status, set_.status, stale.status) == (303, 422, 303, 412)
    assert 'value="2000"' in form.text  # megabytes of the largest file
    assert 'value="many"' in bad.text
    assert "Plan Gold" in billing.text
    assert "1,500 minutes" in billing.text
    assert 'value="0.5"' in (await operator.get(f"{one}/limits")).text
    await operator.send(f"{one}/limits/reset", page=f"{one}/limits")
    assert "1,500 minutes" not in (await ann.get(ann.at("/billing"))).text
    await operator.send("/operator/plans/gold/offer", page="/operator/plans", archive="yes")
    assert "Archived" in (await operator.get("/operator/plans")).text
    assert "Gold" in (await operator.get(one)).text  # it stays on it


async def test_sessions_audit_log_and_engines_of_the_platform_are_shown(operator):
    for path in ("/operator/sessions", "/operator/audit", "/operator/engines"):
        assert (await operator.get(path)).status == 200, path
    assert "No session is open" in (await operator.get("/operator/sessions")).text


async def test_state_is_never_zero_where_it_was_not_measured(operator):
    page = await operator.get("/operator/state")

    assert page.status == 200
    assert "not measured" in page.text


async def test_unbilled_audio_of_a_past_month_is_in_minutes_and_named(site, operator):
    ann = await site.person("ann")
    services = site.backend.services
    then = services.stores.clock().now() - timedelta(days=40)
    late = record(org=ann.org, started=then, ended=then, audio_ms=34_960_000)
    await services.stores.ledger().record([late])

    state = await operator.get("/operator/state")
    org = await operator.get(f"/operator/orgs/{ann.org}")

    assert '<td class="num">583 min</td>' in state.text
    assert f"of {then:%B %Y}<" in org.text


async def test_operator_opens_an_invoice_of_any_org(site, operator):
    ann = await site.person("ann")
    invoice = await billed(site.backend.services, ann.org, months_ago=2)
    listed = await operator.get("/operator/invoices")
    one = f"/operator/invoices/{invoice.id}"
    assert f'href="{one}"' in listed.text

    page, pdf = await operator.get(one), await operator.client.get(f"{site.url}{one}/pdf")

    assert "Draft" in page.text
    assert "ann" in page.text
    assert (await pdf.read()).startswith(b"%PDF")
    assert (await ann.get(one)).status == 404
    assert (await operator.get("/operator/invoices/none")).status == 404


async def test_operators_pages_do_not_exist_for_others(site):
    ann = await site.person()

    for path in ("/operator/", f"/operator/orgs/{ann.org}", "/operator/invoices"):
        assert (await ann.get(path)).status == 404
    token = (await ann.get(ann.at("/"))).token
    status = f"/operator/orgs/{ann.org}/status"
    assert (await ann.post(status, form_token=token, status="suspended")).status == 404


async def test_endpoint_is_added_disabled_and_removed(site):
    ann = await site.person()
    hooks = ann.at("/webhooks")

    wrong = await ann.send(hooks, url="not an address")
    made = await ann.send(hooks, url="https://hooks.example.com/aldea", description="CRM")
    secret = re.search(r"whsec_[A-Za-z0-9+/=_-]+", made.text)[0]
    listed = await ann.get(hooks)
    one = re.search(rf"{hooks}/[0-9A-Za-z_-]+", listed.text)[0]
    await ann.send(f"{one}/switch", page=one, enable="no")
    disabled = await ann.get(hooks)
    gone = await ann.send(f"{one}/remove")

    assert wrong.status == 422
    assert "hooks.example.com" in listed.text
    assert secret not in listed.text
    assert "Disabled" in disabled.text
    assert gone.headers["Location"] == hooks
    assert "hooks.example.com" not in (await ann.get(hooks)).text


async def test_alerts_are_set(site):
    ann = await site.person()
    hooks = ann.at("/webhooks")

    await ann.send(ann.at("/webhooks/alerts"), page=hooks, share="75")

    checked = re.findall(r'name="share" value="(\d+)" checked', (await ann.get(hooks)).text)
    assert checked == ["75"]


async def test_endpoint_is_switched_to_what_the_button_said(site):
    """
    A button that is clicked twice, or in a second tab, does not undo the first click.
    """
    ann = await site.person()
    hooks = ann.at("/webhooks")
    await ann.send(hooks, url="https://hooks.example.com/aldea", description="CRM")
    one = re.search(rf"{hooks}/[0-9A-Za-z_-]+", (await ann.get(hooks)).text)[0]
    shown = await ann.get(one)
    enable = re.search(r'name="enable" value="(\w+)"', shown.text)[1]

    for _ in range(2):
        await ann.post(f"{one}/switch", form_token=shown.token, enable=enable)

    assert "Disabled" in (await ann.get(hooks)).text


async def test_alerts_that_another_tab_has_set_are_not_overwritten(site):
    ann = await site.person()
    hooks, alerts = ann.at("/webhooks"), ann.at("/webhooks/alerts")
    seen = await ann.get(hooks)
    await ann.send(alerts, page=hooks, share="75")

    late = await ann.post(
        alerts, form_token=seen.token, version=seen.version_of(alerts), share="90"
    )
    absurd = await ann.post(alerts, form_token=seen.token, share="9" * 5000)

    assert (late.status, absurd.status) == (412, 400)
    checked = re.findall(r'name="share" value="(\d+)" checked', (await ann.get(hooks)).text)
    assert checked == ["75"]
