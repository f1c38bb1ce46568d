"""What an attacker tries on the dashboard, without a browser: nothing gets through."""

import pytest

from tests.servers.backend import PASSWORD


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
