"""What an attacker tries on the dashboard, without a browser: nothing gets through."""

import re

import attrs
import pytest

from tests.servers.backend import PASSWORD

from entrypoints.frontend.pages.listed import PAGES
from entrypoints.frontend.routing import Who


async def test_form_of_another_site_changes_nothing(site):
    """
    Neither with the cookie alone, nor with a token of another session, nor from another origin.
    """
    ann, eve = await site.person("ann"), await site.person("eve")
    page, foreign = await ann.get("/sign-up"), await eve.get(eve.at("/"))
    forged = [
        await ann.post("/sign-out"),
        await ann.post("/sign-out", form_token="x" * 64),
        await ann.post("/sign-out", form_token=foreign.token),
    ]
    own = (await ann.get(ann.at("/"))).token
    forged += [
        await ann.post("/sign-out", headers={"Origin": "https://evil.example"}, form_token=own),
        await ann.post("/sign-out", headers={"Origin": "http://["}, form_token=own),
        await ann.post("/sign-out", headers={"Sec-Fetch-Site": "cross-site"}, form_token=own),
    ]

    assert {page.status for page in forged} == {403}
    assert (await ann.get(ann.at("/"))).status == 200
    assert page.status == 303


async def test_body_that_is_no_form_is_refused(site):
    ann = await site.person()

    async with ann.client.post(f"{site.url}/sign-out", json={"form_token": "x"}) as answer:
        assert answer.status == 415


async def test_other_orgs_do_not_exist(site):
    ann, eve = await site.person("ann"), await site.person("eve")

    foreign = await eve.get(ann.at("/"))
    unknown = await eve.get("/o/00000000-0000-4000-8000-000000000000/")
    absurd = await eve.get("/o/..%2f..%2fv1%2fme/")

    assert foreign.status == unknown.status == absurd.status == 404
    assert "ann" not in foreign.text


async def test_stolen_cookie_opens_nothing_after_signing_out(site):
    ann, thief = await site.person(), await site.browser()
    stolen = {cookie.key: cookie.value for cookie in ann.client.cookie_jar}
    thief.client.cookie_jar.update_cookies(stolen)
    assert (await thief.get(ann.at("/"))).status == 200

    assert (await ann.send("/sign-out", page=ann.at("/"))).status == 303

    assert (await thief.get(ann.at("/"))).headers["Location"].startswith("/sign-in?next=")


async def test_changed_cookie_is_no_session(site):
    ann = await site.person()
    (cookie,) = ann.client.cookie_jar
    ann.client.cookie_jar.clear()
    ann.client.cookie_jar.update_cookies({cookie.key: cookie.value[:-6] + "AAAAAA"})

    assert (await ann.get("/")).headers["Location"].startswith("/sign-in?next=")


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example/",
        "/ok\r\nX: y",
    ],
)
async def test_nothing_redirects_elsewhere(site, target):
    ann = await site.person()
    await ann.send("/sign-out", page=ann.at("/"))

    page = await ann.send("/sign-in", email=ann.email, password=PASSWORD, next=target)

    assert page.headers["Location"] == "/"


async def test_stored_script_is_text(site):
    script = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    browser = await site.browser()
    await browser.send(
        "/sign-up", email="m@example.com", name=script, org_name=script, password=PASSWORD
    )
    home = (await browser.get("/")).headers["Location"]

    page = await browser.get(home)

    assert "<script>alert" not in page.text
    assert "<img" not in page.text
    assert "&lt;script&gt;" in page.text


async def test_every_page_refuses_frames_and_inline_code(site):
    ann = await site.person()
    pages = [await ann.get(path) for path in (ann.at("/"), "/nowhere", "/sign-up")]

    for page in pages:
        policy = page.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "default-src 'none'" in policy
        assert "unsafe-inline" not in policy
        assert page.headers["X-Frame-Options"] == "DENY"
        assert page.headers["Cache-Control"] == "no-store"


async def test_cookie_is_bound_to_its_host_on_https(fast_passwords):
    """
    And HSTS makes the browser to use https only.
    """
    from tests.servers.frontend import frontend

    async with frontend(dashboard_url="https://platform.example") as site:
        page = await (await site.browser()).get("/sign-in")

    cookie = page.headers["Set-Cookie"]
    assert cookie.startswith("__Host-aldea=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "max-age=" in page.headers["Strict-Transport-Security"]


async def test_password_is_in_no_page_and_no_token_either(site):
    ann = await site.person()
    page = await ann.send("/sign-out", page=ann.at("/"))
    wrong = await ann.send("/sign-in", email=ann.email, password="not this one at all")

    assert page.status == 303
    assert wrong.status == 401
    assert "not this one at all" not in wrong.text
    assert "ses_" not in wrong.text


def pages(method, *who):
    """Addresses of all routes for *who*, of another person's org where they are of one."""
    return [
        re.sub(r"\{\w+\}", "00000000-0000-4000-8000-000000000000", route.path.replace("{org}", ":"))
        for route in PAGES
        if route.method == method and route.who in who
    ]


async def test_no_form_is_taken_without_its_token(site):
    ann = await site.person()

    answers = {
        path: await ann.post(path.replace(":", ann.org), form_token="x" * 64)
        for path in pages("POST", *Who)
    }

    assert len(answers) > 30
    assert {page.status for page in answers.values()} == {403}
    assert (await ann.get(ann.at("/"))).status == 200


@pytest.mark.parametrize("value", ["a\0b", "a\r\nX-Other: b", "\x7f", "é", "😀", "x" * 9000])
async def test_hidden_field_that_no_header_can_hold_is_left_out(site, value):
    """
    The key of the request, and the version that is changed: the backend gets both as headers.
    """
    ann = await site.person()

    made = await ann.send("/orgs/new", name="Second", once=value)
    changed = await ann.send(ann.at("/billing/profile"), legal_name="Ann", version=value)

    assert (made.status, changed.status) == (303, 412)


async def test_no_page_of_another_org_is_there_and_none_takes_a_form(site):
    ann, eve = await site.person("ann"), await site.person("eve")
    own = (await eve.get(eve.at("/"))).token
    of_org = (Who.MEMBER, Who.ADMIN)

    shown = [await eve.get(path.replace(":", ann.org)) for path in pages("GET", *of_org)]
    sent = [
        await eve.post(path.replace(":", ann.org), form_token=own)
        for path in pages("POST", *of_org)
    ]
    of_operators = [await eve.get(path) for path in pages("GET", Who.OPERATOR)]
    of_operators += [await eve.post(path, form_token=own) for path in pages("POST", Who.OPERATOR)]

    assert len(shown) > 20
    assert {page.status for page in (*shown, *sent, *of_operators)} == {404}
    assert not any("ann" in page.text for page in shown)


async def test_every_page_leads_to_sign_in_and_refuses_frames(site):
    reader = await site.browser()
    needing = [who for who in Who if who is not Who.ANYBODY]

    for path in pages("GET", *needing):
        page = await reader.get(path.replace(":", "some"))
        assert page.headers["Location"].startswith("/sign-in?next=%2F"), path
    for path in pages("GET", Who.ANYBODY):
        page = await reader.get(path)
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"], path
        assert "unsafe-inline" not in page.headers["Content-Security-Policy"], path


async def test_script_in_every_field_that_is_stored_is_text_wherever_it_is_shown(site):
    script = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    olga = await site.person("olga")
    users = site.backend.services.people.users()
    await users.put(attrs.evolve(await users.of_email(olga.email), is_operator=True))
    one = f"/operator/orgs/{olga.org}"
    plan = {"id": "evil", "currency": "USD", "live": "0.01", "file": "0.01"}
    sent = [
        await olga.send(olga.at("/settings"), name=script),
        await olga.send("/profile", name=script, zone="UTC", language="en"),
        await olga.send(olga.at("/billing/profile"), legal_name=script, address=script),
        await olga.send("/operator/plans", name=script, **plan),
        await olga.send(f"{one}/plan", page=one, plan="evil"),
        await olga.send(f"{one}/status", page=one, status="suspended", reason=script),
        await olga.send(f"{one}/view", page=one, reason=script),
    ]
    assert {page.status for page in sent} == {303}
    shown = [await olga.get(path) for path in (one, "/operator/", "/operator/plans", "/profile")]
    of_org = ("/", "/keys", "/billing", "/billing/profile", "/team", "/audit", "/settings", "/live")
    shown += [await olga.get(olga.at(path)) for path in of_org]
    await olga.send("/operator/leave-view", page=olga.at("/"))
    shown += [await olga.get(olga.at(path)) for path in (*of_org, "/settings/delete")]

    assert {page.status for page in shown} == {200}
    assert all("&lt;script&gt;alert(1)" in page.text for page in shown)
    assert not any("<script>alert" in page.text or "<img" in page.text for page in shown)
