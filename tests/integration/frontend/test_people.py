"""Team, billing, audit log, profile and the links of emails, on the dashboard."""

import re

import pytest

from tests.servers.backend import PASSWORD
from tests.servers.frontend import frontend


_TOKEN = re.compile(r"#([A-Za-z0-9_-]+)")


@pytest.fixture
async def ann(site):
    return await site.person()


async def token_of_last_email(site) -> str:
    await site.backend.delivered()
    return _TOKEN.search(site.backend.emails[-1].text)[1]


async def test_person_is_invited_and_joins_and_sees_what_members_may(site, ann):
    await ann.send(ann.at("/team"), email="bob@example.com", role="member")
    assert "bob@example.com" in (await ann.get(ann.at("/team"))).text
    token = await token_of_last_email(site)
    bob = await site.person("bob")

    page = await bob.get("/invitation")
    joined = await bob.post("/invitation/accept", form_token=page.token, token=token)

    assert joined.headers["Location"] == ann.at("/")
    home = await bob.get(ann.at("/"))
    assert home.status == 200
    assert ">API keys<" not in home.text
    assert ">Audit log<" not in home.text
    for path in ("/keys", "/keys/new", "/audit"):
        assert (await bob.get(ann.at(path))).status == 404
    billing = await bob.get(ann.at("/billing"))
    assert "An owner sets and removes it." in billing.text


async def test_wrong_invitation_is_named_at_its_field(ann):
    page = await ann.send(ann.at("/team"), email="no address", role="member")

    assert page.status == 422
    assert page.text.count('aria-invalid="true"') == 1


async def test_last_owner_stays_and_the_page_says_why(ann):
    page = await ann.send(ann.at("/settings/leave"), page=ann.at("/settings"))

    assert page.status == 422
    assert "owner" in page.text
    assert (await ann.get(ann.at("/"))).status == 200


async def test_cap_is_set_and_removed(ann):
    billing = ann.at("/billing")
    set_ = await ann.send(ann.at("/billing/cap"), page=billing, amount="$1,250.50")
    shown = (await ann.get(set_.headers["Location"])).text
    for amount in ("1.005", "12,50"):  # which is not 1250
        wrong = await ann.send(ann.at("/billing/cap"), page=billing, amount=amount)
        assert wrong.status == 422
        assert f'value="{amount}"' in wrong.text
    removed = await ann.send(ann.at("/billing/cap"), page=billing, amount="", remove="yes")

    assert "The spending cap is $1,250.50 now." in shown
    assert "removed" in (await ann.get(removed.headers["Location"])).text
    assert "There is none" in (await ann.get(billing)).text


async def test_billing_profile_is_saved_and_wrong_fields_are_named(ann):
    profile = ann.at("/billing/profile")
    wrong = await ann.send(profile, legal_name="Puerto Norte SL", country="Spain")
    saved = await ann.send(
        profile, legal_name="Puerto Norte SL", address="Muelle 4\n48001 Bilbao", country="es"
    )
    shown = await ann.get(profile)

    assert wrong.status == 422
    assert 'value="Puerto Norte SL"' in wrong.text
    assert 'id="country-error"' in wrong.text
    assert saved.headers["Location"] == ann.at("/billing")
    assert "Muelle 4\n48001 Bilbao</textarea>" in shown.text


async def test_billing_profile_that_another_tab_has_saved_is_not_overwritten(ann):
    """
    The form has every field of the profile, so saving an old one would undo the other's change.
    """
    path = ann.at("/billing/profile")
    seen = await ann.get(path)
    await ann.send(path, legal_name="Puerto Norte SL", purchase_order="PO-7")

    late = await ann.post(
        path, form_token=seen.token, version=seen.version_of(path), legal_name="Puerto Sur SL"
    )

    assert late.status == 412
    assert "This was changed meanwhile" in late.text
    assert 'value="PO-7"' in (await ann.get(path)).text


async def test_audit_log_is_filtered_by_the_address(ann):
    await ann.send(ann.at("/settings"), name="Puerto <b>Norte</b>")

    everything = await ann.get(ann.at("/audit"))
    renamed = await ann.get(ann.at("/audit?action=org.renamed"))
    none = await ann.get(ann.at("/audit?action=key.revoked&since=2026-01-01&nonsense=1"))

    assert "org.created" in everything.text.split("<tbody>")[1]
    assert "org.created" not in renamed.text.split("<tbody>")[1]
    assert "Puerto &lt;b&gt;Norte&lt;/b&gt;" in renamed.text
    assert "Nothing matches" in none.text


async def test_password_is_changed_and_every_device_signed_out(site, ann):
    other = await site.browser()
    await other.send("/sign-in", email=ann.email, password=PASSWORD)
    wrong = await ann.send("/profile/password", page="/profile", old="no", new="a new one of mine")
    changed = await ann.send(
        "/profile/password", page="/profile", old=PASSWORD, new="another phrase of ann's"
    )

    assert wrong.status == 422
    assert changed.headers["Location"] == "/sign-in"
    assert (await other.get(ann.at("/"))).headers["Location"].startswith("/sign-in")


async def test_device_is_signed_out_from_another(site, ann):
    other = await site.browser()
    await other.send("/sign-in", email=ann.email, password=PASSWORD)
    profile = await ann.get("/profile")
    (end,) = re.findall(r"/profile/sign-ins/[0-9a-f-]+/end", profile.text)

    await ann.post(end, form_token=profile.token)

    assert (await other.get("/profile")).headers["Location"].startswith("/sign-in")
    assert (await ann.get("/profile")).status == 200


async def test_forgotten_password_is_chosen_anew_by_the_email(site, ann):
    anonymous = await site.browser()
    sent = await anonymous.send("/forgotten", email=ann.email)
    token = await token_of_last_email(site)

    done = await anonymous.send("/reset-password", token=token, password="another phrase of ann's")
    again = await anonymous.send("/reset-password", token=token, password="another phrase of ann's")

    assert "Read your email" in sent.text
    assert done.headers["Location"] == "/sign-in"
    assert again.status == 422
    signed_in = await anonymous.send(
        "/sign-in", email=ann.email, password="another phrase of ann's"
    )
    assert signed_in.status == 303


async def test_account_is_opened_by_the_reader_of_the_email(fast_passwords):
    async with frontend(confirm_addresses=True) as site:
        browser = await site.browser()
        asked = await browser.get("/sign-up")
        sent = await browser.send("/sign-up", email="ann@example.com")
        token = await token_of_last_email(site)
        opened = await browser.send("/confirm", token=token, name="Ann", password=PASSWORD)
        home = await browser.get("/")

    assert 'name="password"' not in asked.text
    assert "Read your email" in sent.text
    assert opened.headers["Location"] == "/"
    assert home.headers["Location"].startswith("/o/")


async def test_new_org_is_made_once(ann):
    page = await ann.get("/orgs/new")
    fields = {"form_token": page.token, "once": page.once, "name": "Ferrocarril"}

    first = await ann.post("/orgs/new", **fields)
    again = await ann.post("/orgs/new", **fields)

    assert first.headers["Location"] == again.headers["Location"]
    assert "Ferrocarril" in (await ann.get(first.headers["Location"])).text
