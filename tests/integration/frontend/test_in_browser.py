"""The dashboard in a real browser, with its scripts and its Content-Security-Policy."""

import re


OFFERS = re.compile("Create|Change|Add|Invite|Save|Send|Remove|Rotate|Revoke|playground")


def test_person_signs_up_and_out_and_in(page):
    page.goto("/")
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Email").fill("marta@example.com")
    page.get_by_label("Your name").fill("Marta")
    page.get_by_label("Organisation").fill("Puerto Norte")
    page.get_by_label("Password", exact=True).fill("four words of mine")
    page.get_by_role("button", name="Create account").click()
    page.get_by_role("heading", name="Overview").wait_for()
    page.get_by_text("Make your first request").wait_for()

    page.get_by_role("button", name="Your account").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_text("You are signed out.").wait_for()
    page.get_by_label("Email").fill("marta@example.com")
    page.get_by_label("Password", exact=True).fill("four words of mine")
    page.get_by_role("button", name="Sign in").click()

    page.get_by_role("heading", name="Overview").wait_for()


def test_theme_is_turned_without_a_new_page_and_stays(page):
    page.goto("/sign-in")
    page.get_by_role("button", name="Light or dark").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"

    page.reload()

    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_operator_who_views_an_organisation_is_offered_no_change(owner, dashboard):
    """Whatever a control looks like: links that are buttons too."""
    offers = owner.get_by_role("main").get_by_role("link", name=OFFERS)
    owner.goto(f"/o/{dashboard.org_id}/keys")
    assert offers.count()

    owner.goto(f"/operator/orgs/{dashboard.org_id}")
    owner.get_by_label("Why").last.fill("Ticket 812")
    owner.get_by_role("button", name="View", exact=True).click()
    owner.get_by_text("Nothing can be changed").wait_for()
    for path in ("/", "/keys", "/webhooks", "/billing", "/team", "/settings"):
        owner.goto(f"/o/{dashboard.org_id}{path}")
        main = owner.get_by_role("main")
        assert not offers.count(), path
        assert [it.inner_text() for it in main.get_by_role("button", name=OFFERS).all()] == []
