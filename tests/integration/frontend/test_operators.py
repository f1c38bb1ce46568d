"""What operators do on the dashboard; and webhooks."""

import re

import attrs
import pytest


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


async def test_state_is_never_zero_where_it_was_not_measured(operator):
    page = await operator.get("/operator/state")

    assert page.status == 200
    assert "not measured" in page.text


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
    await ann.send(f"{one}/switch", page=one)
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
