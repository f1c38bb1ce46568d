"""Signing in by a company on the dashboard, without a browser's scripts."""

import re

import pytest

from tests.servers.frontend import frontend
from tests.servers.oidc import CLIENT_ID, CLIENT_SECRET, oidc_provider
from yarl import URL


@pytest.fixture
async def site(fast_passwords):
    async with frontend(allow_private_urls=True, dashboard_url="http://dashboard.example") as site:
        yield site


@pytest.fixture
async def provider():
    async with oidc_provider() as provider:
        yield provider


async def configure(owner, provider, **more) -> None:
    where = owner.at("/settings/sign-in")
    saved = await owner.send(
        where,
        issuer=provider.url,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        domains="example.com, example.org",
        **more,
    )
    assert saved.status == 303, saved.text
    proven = await owner.send(f"{where}/prove", page=where)
    assert proven.status == 303, proven.text


async def leave(browser, email: str, **more) -> str:
    """Where the browser comes back to, once it was at the provider."""
    page = await browser.send("/sign-in/company", email=email, **more)
    assert page.status == 200, page.text
    away = re.search(r'href="(http://127[^"]+)"', page.text)[1].replace("&amp;", "&")
    assert page.headers["Refresh"] == f"0; url={away}"
    async with browser.client.get(away, allow_redirects=False) as answer:
        return URL(answer.headers["Location"]).raw_path_qs


async def test_member_signs_in_by_the_company(site, provider):
    """
    And sees the one org, without the pages of the account.
    """
    ann, bob = await site.person("ann"), await site.person("bob")
    await configure(bob, provider, admits_new="yes")
    provider.signs_in("ann@example.com")
    browser = await site.browser()
    back = await leave(browser, "ann@example.com", next=bob.at("/usage"))
    done = await browser.get(back)

    assert (done.status, done.headers["Location"]) == (303, bob.at("/usage"))
    page = await browser.get(bob.at("/"))
    assert page.status == 200
    assert "/profile" not in page.text
    assert (await browser.get(ann.at("/"))).status == 404
    assert (await browser.get("/profile")).status == 403
    assert (await browser.send("/sign-out", page=bob.at("/"))).status == 303
    assert (await browser.get(bob.at("/"))).headers["Location"].startswith("/sign-in")


async def test_browser_that_did_not_begin_is_refused(site, provider):
    """
    So a person is not signed in to another's account unawares.
    """
    bob = await site.person("bob")
    await configure(bob, provider, admits_new="yes")
    provider.signs_in("eve@example.com")
    eve, victim = await site.browser(), await site.browser()
    back = await leave(eve, "eve@example.com")
    await victim.get("/sign-in/company")

    assert (await victim.get(back)).status == 403
    begun = await leave(victim, "ann@example.com")
    assert (await victim.get(back)).status == 403
    assert (await victim.get(begun)).status == 403  # its state is spent with the first answer
    assert (await victim.get("/")).headers["Location"].startswith("/sign-in")
    refused = await eve.get("/sign-in/company/return?error=access_denied&state=x")
    assert refused.status == 403


async def test_unknown_domain_is_said(site):
    page = await (await site.browser()).send("/sign-in/company", email="a@unknown.example")

    assert page.status == 422
    assert "No company signs in here" in page.text


async def test_errors_of_the_provider_are_at_their_fields(site, provider):
    bob = await site.person("bob")
    where = bob.at("/settings/sign-in")
    typed = {"client_id": "mine", "client_secret": "s", "domains": "example"}
    page = await bob.send(where, issuer=provider.url, **typed)

    assert page.status == 422
    assert "Must be domains" in page.text
    assert 'value="mine"' in page.text
    assert "secret" not in re.search(r'id="client_secret"[^>]*value="([^"]*)"', page.text)[1]


async def test_removed_provider_signs_its_people_out(site, provider):
    bob = await site.person("bob")
    await configure(bob, provider)
    provider.signs_in(bob.email)
    browser = await site.browser()
    assert (await browser.get(await leave(browser, bob.email))).status == 303
    assert (await browser.get(bob.at("/"))).status == 200

    where = bob.at("/settings/sign-in/remove")
    assert (await bob.send(where)).status == 303

    assert (await browser.get(bob.at("/"))).headers["Location"].startswith("/sign-in")
    assert (await bob.get(where)).status == 404
