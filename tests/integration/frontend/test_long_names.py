"""Names, tags and addresses of one long word, on the narrowest screens."""

import pytest

from tests.integration.frontend.pages import call, change, sign_in


# WCAG 2.2, 1.4.10: content is read without scrolling sideways at this width.
_NARROWEST = 320
# How many lines the row's first text has.
_LINES = """(text) => {
  const range = document.createRange();
  const cells = [...document.querySelectorAll("tbody th")];
  range.selectNodeContents(cells.find((one) => one.textContent.includes(text)).firstChild);
  return range.getClientRects().length;
}"""
_LONG = "Donaudampfschifffahrtsgesellschaft" * 3


@pytest.fixture
def long_names(dashboard):
    """The paths of pages that show such a name."""
    org = f"/v1/orgs/{dashboard.org_id}"
    before = call(dashboard, "GET", org)["name"]
    change(dashboard, "PATCH", org, {"name": _LONG})
    wanted = {"name": _LONG, "tags": [_LONG[:50]]}
    key = call(dashboard, "POST", f"{org}/keys", wanted)["api_key"]["id"]
    person = {"email": f"{_LONG[:60]}@example.com", "role": "member"}
    invitation = call(dashboard, "POST", f"{org}/invitations", person)["id"]
    here = f"/o/{dashboard.org_id}"
    yield (
        *(here + path for path in ("/", "/keys", f"/keys/{key}", "/team", "/settings")),
        *(here + path for path in ("/settings/delete", "/billing", "/audit", "/usage")),
        *("/profile", "/orgs/new", "/operator/", f"/operator/orgs/{dashboard.org_id}"),
    )
    call(dashboard, "DELETE", f"{org}/invitations/{invitation}")
    call(dashboard, "DELETE", f"{org}/keys/{key}")
    change(dashboard, "PATCH", org, {"name": before})


def test_long_word_makes_no_page_scroll_sideways(page, dashboard, long_names):
    page.set_viewport_size({"width": _NARROWEST, "height": 640})
    sign_in(page, dashboard.more["email"], dashboard.more["password"])

    for path in long_names:
        assert page.goto(path).ok, path
        assert page.evaluate("document.documentElement.scrollWidth") == _NARROWEST, path


def test_short_address_of_an_invitation_is_on_one_line(page, dashboard):
    org = f"/v1/orgs/{dashboard.org_id}"
    person = {"email": "inaki.etxe@example.com", "role": "member"}
    invitation = call(dashboard, "POST", f"{org}/invitations", person)["id"]
    page.set_viewport_size({"width": 1280, "height": 800})
    sign_in(page, dashboard.more["email"], dashboard.more["password"])
    page.goto(f"/o/{dashboard.org_id}/team")
    lines = page.evaluate(_LINES, person["email"])
    call(dashboard, "DELETE", f"{org}/invitations/{invitation}")

    assert lines == 1
