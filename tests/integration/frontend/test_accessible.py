"""axe-core finds nothing on any page, light and dark, and the console stays quiet."""

import pytest

from axe_playwright_python.sync_playwright import Axe
from tests.integration.frontend.pages import furnish, pages_of, sign_in


_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(scope="module")
def furnished(dashboard):
    furnish(dashboard)
    return dashboard


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_breaks_a_rule(chromium, furnished, scheme):
    context = chromium.new_context(
        base_url=furnished.more["dashboard"],
        color_scheme=scheme,
        reduced_motion="reduce",  # so that colours do not fade while they are measured
        bypass_csp=True,  # axe is put into the page
    )
    page = context.new_page()
    broken, is_signed_in = [], False
    for name, path, needs_sign_in in pages_of(furnished):
        if needs_sign_in and not is_signed_in:
            sign_in(page, furnished.more["email"], furnished.more["password"])
            is_signed_in = True
        page.goto(path)
        for violation in Axe().run(page, options=_RULES).response["violations"]:
            broken += [f"{name}: {violation['id']} {node['html']}" for node in violation["nodes"]]
    context.close()

    assert not broken


def test_no_page_says_an_error_or_breaks_its_policy(page, furnished):
    """
    The fixture fails the test for either; a page that does not exist says its status.
    """
    pages = [one for one in pages_of(furnished) if one[0] != "not-found"]
    for _, path, needs_sign_in in pages:
        if not needs_sign_in:
            assert page.goto(path).ok
    sign_in(page, furnished.more["email"], furnished.more["password"])
    for name, path, needs_sign_in in pages:
        if needs_sign_in:
            assert page.goto(path).ok, name


def test_no_page_scrolls_sideways_on_a_phone(page, furnished):
    page.set_viewport_size({"width": 360, "height": 800})
    sign_in(page, furnished.more["email"], furnished.more["password"])
    for name, path, needs_sign_in in pages_of(furnished):
        if needs_sign_in:
            page.goto(path)
            too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert too_wide <= 0, name
