"""The dashboard in a browser that runs no script: pages are read, and forms do their work."""

import re

import pytest

from tests.integration.frontend.pages import pages_of, sign_in


# A form of choices without a button that is seen cannot be sent.
_STUCK = """() => [...document.querySelectorAll("main form")]
  .filter((form) => form.checkVisibility())
  .filter((form) => ![...form.elements].some((one) =>
    one.type === "submit" && one.checkVisibility() || one.type === "search" && one.checkVisibility()))
  .map((form) => form.outerHTML.slice(0, 200))"""


@pytest.fixture
def plain(chromium, dashboard):
    context = chromium.new_context(base_url=dashboard.more["dashboard"], java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_every_page_is_read_and_its_forms_can_be_sent(plain, dashboard):
    """
    What needs a script is not there.
    """
    pages = pages_of(dashboard)
    for name, path, _ in [one for one in pages if not one[2]]:
        plain.goto(path)
        assert plain.locator("h1").first.is_visible(), name
    sign_in(plain, dashboard.more["email"], dashboard.more["password"])
    for name, path, _ in [one for one in pages if one[2]]:
        plain.goto(path)
        assert plain.locator("main h1").first.is_visible(), name
        assert plain.evaluate(_STUCK) == [], name
        dead = plain.locator(".needs-script")
        assert not [one for one in dead.all() if one.is_visible()], name


def test_key_is_created_and_revoked(plain, dashboard):
    sign_in(plain, dashboard.more["email"], dashboard.more["password"])
    plain.get_by_role("link", name="API keys", exact=True).click()
    plain.get_by_role("link", name="Create key").first.click()
    plain.get_by_label("Name").fill("No scripts")
    plain.get_by_role("button", name="Create key").click()
    plain.locator("#secret").wait_for()
    plain.get_by_role("link", name="I have stored it").click()
    plain.get_by_role("link", name="No scripts").click()
    plain.get_by_role("link", name=re.compile("Revoke")).click()
    plain.get_by_role("button", name=re.compile("Revoke")).click()

    plain.get_by_text("“No scripts” is revoked.").wait_for()


def test_playground_asks_for_nothing_that_needs_a_script(plain, dashboard):
    """
    The request as code is there, and of a recording's address its field.
    """
    sign_in(plain, dashboard.more["email"], dashboard.more["password"])
    path = f"/o/{dashboard.org_id}/playground"
    for source, asked in (("microphone", "Press Record"), ("file", "Drop a recording")):
        plain.goto(f"{path}?source={source}")
        assert not plain.get_by_text(asked).first.is_visible()
        assert plain.locator("noscript .notice").is_visible()
    plain.goto(f"{path}?source=address")
    assert plain.get_by_label("Web address of a recording").is_visible()
