"""By Tab, Enter, Space and Escape alone: sign in, create a key, end a session, open and close menus."""

import re

import pytest

from playwright.sync_api import expect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect


_MOST_TABS = 120
# How the element with the focus shows it: an outline of its own, or of the label that is drawn for it.
_SHOWN = """element => {
  const drawn = [element, element.closest("label"), element.nextElementSibling].filter(Boolean);
  return drawn.some((one) => {
    const style = getComputedStyle(one);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  });
}"""


def tab_to(page, target, *, back: bool = False):
    """Presses Tab until *target* has the focus; everything on the way shows that it has it."""
    for _ in range(_MOST_TABS):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        focused = page.evaluate_handle("document.activeElement").as_element()
        if page.evaluate("document.activeElement === document.body"):
            continue  # it goes round by the browser's own controls
        text = focused.evaluate("element => element.outerHTML.slice(0, 200)")
        assert focused.evaluate(_SHOWN), f"no visible focus on {text}"
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError("Tab does not lead there")


def sign_in_by_keys(page, dashboard) -> None:
    page.goto("/sign-in")
    tab_to(page, page.get_by_label("Email"))
    page.keyboard.type(dashboard.more["email"])
    tab_to(page, page.get_by_label("Password", exact=True))
    page.keyboard.type(dashboard.more["password"])
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Overview").wait_for()


def test_key_is_created_by_keys(page, dashboard):
    sign_in_by_keys(page, dashboard)
    page.keyboard.press("g")
    page.keyboard.press("k")
    page.get_by_role("heading", name="API keys").wait_for()
    tab_to(page, page.locator("main").get_by_role("link", name="Create key").first)
    page.keyboard.press("Enter")
    page.wait_for_url("**/keys/new")
    tab_to(page, page.get_by_label("Name", exact=True))
    page.keyboard.type("Made by keys")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=re.compile("Copy the key")).wait_for()

    expect(page.get_by_role("button", name="Copy key")).to_be_focused()
    tab_to(page, page.get_by_role("link", name="I have stored it"))
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Made by keys").wait_for()


def test_session_is_ended_by_keys(page, dashboard):
    sign_in_by_keys(page, dashboard)
    url = f"{dashboard.websocket}/v1/listen?encoding=linear16&sample_rate=16000"
    with connect(url, additional_headers=dashboard.auth) as stream:
        stream.send(bytes(32_000))
        session = stream.response.headers["dg-request-id"]
        page.goto(f"/o/{dashboard.org_id}/live")
        row = page.locator(f'tr[data-id="{session}"]')
        row.wait_for()
        tab_to(page, row.get_by_role("link", name="End session"))
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name="Keep it")).to_be_focused()
        tab_to(page, page.get_by_role("button", name="End session"))
        page.keyboard.press("Enter")
        page.get_by_text(f"Session {session[:8]} ends within 5 seconds.").wait_for()
        with pytest.raises(ConnectionClosed):
            while True:
                stream.recv()


@pytest.mark.parametrize("name", ["Your account", "Organisation"])
def test_menu_opens_and_gives_the_focus_back(page, dashboard, name):
    sign_in_by_keys(page, dashboard)
    opener = page.get_by_role("button", name=re.compile(f"^{name}"))
    menu = page.locator(f"#{opener.get_attribute('popovertarget')}")
    tab_to(page, opener)
    page.keyboard.press("Enter")
    expect(menu).to_be_visible()
    tab_to(page, menu.get_by_role("link").first)

    page.keyboard.press("Escape")

    expect(menu).to_be_hidden()
    expect(opener).to_be_focused()


def test_list_of_keys_takes_the_focus_and_gives_it_back(page, dashboard):
    sign_in_by_keys(page, dashboard)
    before = page.get_by_role("link", name="Usage", exact=True).first
    tab_to(page, before)
    page.keyboard.press("?")
    sheet = page.locator("#keyboard")
    expect(sheet.get_by_role("button", name="Close")).to_be_focused()

    page.keyboard.press("Escape")

    expect(sheet).to_be_hidden()
    expect(before).to_be_focused()
