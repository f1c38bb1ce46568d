"""
axe-core finds nothing on any page, light and dark, and the console stays quiet.

Pages are tested a few at a time, so that no test takes long on a slow machine.
"""

import pytest

from axe_playwright_python.sync_playwright import Axe
from tests.integration.frontend.pages import furnish, pages_of, sign_in


_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
_PARTS = 8


@pytest.fixture(scope="module")
def furnished(dashboard):
    furnish(dashboard)
    return dashboard


@pytest.fixture(scope="module")
def pages(furnished):
    return pages_of(furnished)


def visited(page, furnished, pages, part):
    """Opens every eighth page, and yields its name and answer."""
    chosen = pages[part::_PARTS]
    for name, path, needs_sign_in in chosen:
        if not needs_sign_in:
            yield name, page.goto(path)
    sign_in(page, furnished.more["email"], furnished.more["password"])
    for name, path, needs_sign_in in chosen:
        if needs_sign_in:
            yield name, page.goto(path)


@pytest.mark.parametrize("part", range(_PARTS))
def test_no_page_breaks_a_rule_in_light_or_dark(chromium, furnished, pages, part):
    context = chromium.new_context(
        base_url=furnished.more["dashboard"],
        reduced_motion="reduce",  # so that colours do not fade while they are measured
        bypass_csp=True,  # axe is put into the page
    )
    page = context.new_page()
    broken = []
    for name, _ in visited(page, furnished, pages, part):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            found = Axe().run(page, options=_RULES).response["violations"]
            broken += [
                f"{name}, {scheme}: {one['id']} {node['html']}"
                for one in found
                for node in one["nodes"]
            ]
    context.close()

    assert not broken


@pytest.mark.parametrize("part", range(_PARTS))
def test_no_page_says_an_error_or_scrolls_sideways_on_a_phone(page, furnished, pages, part):
    """
    The fixture fails the test for what the console says, a broken policy too.
    """
    page.set_viewport_size({"width": 360, "height": 800})
    for name, answer in visited(
        page, furnished, [one for one in pages if one[0] != "not-found"], part
    ):
        assert answer.ok, name
        too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert too_wide <= 0, name
        # As on another day, when times have a date before them.
        page.evaluate(
            """document.querySelectorAll("td time").forEach((time) => {
                time.textContent = "27 Nov, 18:40";
            })"""
        )
        # A chart's table may scroll, once it is opened. No entry of a menu is out of sight.
        cut = page.evaluate(
            """[...document.querySelectorAll(".table-wrap:not(details *), nav")]
                .filter((wrap) => wrap.scrollWidth > wrap.clientWidth)
                .map((wrap) => wrap.innerText)"""
        )
        assert not cut, name
