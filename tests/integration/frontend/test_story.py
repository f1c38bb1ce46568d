"""
The dashboard from the first visit to the last, in a real browser: each chapter is a person of its own.

What pages show is waited for; nothing is timed.
"""

import contextlib
import re
import urllib.error
import urllib.request

from pathlib import Path

import pyotp
import pytest

from playwright.sync_api import expect
from tests.integration.frontend.pages import call, sign_up
from tests.servers.oidc import CLIENT_ID, CLIENT_SECRET, oidc_provider_in_a_thread
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect


SAMPLES = Path(__file__).parents[3] / "samples"


def send(dashboard, key: str, sample: str = "hello.wav") -> int:
    """The status of a request with *key*."""
    request = urllib.request.Request(
        f"{dashboard.url}/v1/listen",
        (SAMPLES / sample).read_bytes(),
        {"Authorization": f"Token {key}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def emails(dashboard) -> list[str]:
    """All that were sent so far; their folder comes with the first one."""
    return [one.read_text() for one in (dashboard.data / "letters").glob("*")]


def create_key(page) -> str:
    page.get_by_role("link", name="API keys", exact=True).click()
    page.get_by_role("link", name="Create key").first.click()
    page.get_by_label("Name").fill("Gate kiosks")
    page.get_by_role("button", name="Create key").click()
    secret = page.locator("#secret").inner_text()
    page.get_by_role("link", name="I have stored it").click()
    page.get_by_role("link", name="Gate kiosks").wait_for()
    return secret


def open_playground(page) -> None:
    page.context.grant_permissions(["microphone"])
    page.get_by_role("link", name="Playground", exact=True).click()
    page.get_by_role("heading", name="Playground").wait_for()


@pytest.fixture
def other(chromium, dashboard):
    """A page of another person's browser."""
    context = chromium.new_context(base_url=dashboard.more["dashboard"])
    yield context.new_page()
    context.close()


def test_first_day(page, other):
    """
    A file becomes text; speech into the microphone is seen in Live and ended there; usage and
    charge are found.
    """
    home = sign_up(page, "marta.first@example.com", "Puerto Norte")
    open_playground(page)
    page.get_by_role("link", name="File", exact=True).click()
    page.locator("#file").set_input_files(SAMPLES / "hello.wav")
    page.get_by_text("Finished").wait_for()
    assert page.locator(".word").count() > 0

    page.get_by_role("link", name="Microphone", exact=True).click()
    page.get_by_role("button", name="Record").click()
    page.locator(".word").first.wait_for()
    other.context.add_cookies(page.context.cookies())
    other.goto(f"{home}live")
    other.get_by_role("link", name="End session").first.click()
    other.get_by_role("button", name="End session").click()
    other.get_by_text("ends within 5 seconds").wait_for()
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()

    def found(path: str, what: str) -> None:
        """Usage is written once a session is over, and read a moment later."""
        page.goto(home + path)
        for _ in range(60):
            if page.locator("main").get_by_text(re.compile(what)).count():
                return
            page.wait_for_timeout(500)
            page.reload()
        raise AssertionError(page.locator("main").inner_text())

    found("usage", r"\$0\.0\d*[1-9]")
    found("billing", r"\$0\.0")


def test_cap_is_met_and_the_key_revoked(page, other, dashboard):
    home = sign_up(page, "marta.cap@example.com", "Puerto Sur")
    key = create_key(page)
    assert send(dashboard, key) == 200
    page.get_by_role("link", name="Billing", exact=True).click()
    page.get_by_label("The most to spend in a month").fill("0.01")
    page.get_by_role("button", name="Set cap").click()
    page.get_by_role("button", name="Remove cap").wait_for()

    statuses = [send(dashboard, key, "story.wav") for _ in range(6)]
    assert statuses[-1] == 402
    other.context.add_cookies(page.context.cookies())  # where refusals may be in the console
    other.goto(home)
    open_playground(other)
    other.get_by_role("button", name="Record").click()
    other.get_by_text("so the API refuses requests").first.wait_for()
    for _ in range(240):  # the job that warns runs once a minute
        sent = "".join(emails(dashboard))
        if "marta.cap@example.com" in sent and "spending cap" in sent:
            break
        page.wait_for_timeout(500)
    else:
        raise AssertionError("no alert came")

    page.goto(f"{home}keys")
    page.get_by_role("link", name="Gate kiosks").click()
    page.get_by_role("link", name=re.compile("Revoke")).click()
    page.get_by_role("button", name=re.compile("Revoke")).click()
    page.get_by_role("heading", name="API keys").wait_for()
    assert send(dashboard, key) == 401

    page.get_by_role("link", name="Gate kiosks").click()
    page.get_by_text("Requests with this key are refused with 401").wait_for()


def test_member_sees_what_members_may(page, other, dashboard):
    """
    Links to the rest are not there, and addresses typed by hand lead nowhere.
    """
    home = sign_up(page, "marta.team@example.com", "Puerto Este")
    page.get_by_role("link", name="Team", exact=True).click()
    page.get_by_label("Email").fill("lea.member@example.com")
    page.get_by_role("button", name="Send invitation").click()
    page.get_by_text("lea.member@example.com").first.wait_for()
    for _ in range(240):
        links = [
            found[0]
            for text in emails(dashboard)
            if "lea.member@example.com" in text
            and (found := re.search(r"/invitation#[A-Za-z0-9_-]+", text))
        ]
        if links:
            break
        page.wait_for_timeout(250)
    sign_up(other, "lea.member@example.com", "Leas own")
    other.goto(links[0])
    other.get_by_role("button", name=re.compile("Join|Accept")).click()
    other.get_by_role("heading", name="Overview").wait_for()

    menu = other.get_by_role("navigation", name="Main")
    for name, path in (("API keys", "keys"), ("Audit log", "audit"), ("", "keys/new")):
        assert not name or menu.get_by_role("link", name=name, exact=True).count() == 0
        assert other.goto(home + path).status == 404
    assert other.goto(f"{home}settings/sign-in").status == 404
    assert other.goto("/operator/").status == 404
    assert other.goto(f"{home}usage").status == 200
    other.goto(f"{home}billing")
    assert other.get_by_role("button", name="Set cap").count() == 0


def test_suspended_org_is_ended_while_it_streams(page, owner_elsewhere, dashboard):
    """
    Its people see the reason.
    """
    home = sign_up(page, "marta.unpaid@example.com", "Puerto Oeste")
    org = home.strip("/").split("/")[-1]
    key = create_key(page)
    url = f"{dashboard.websocket}/v1/listen?encoding=linear16&sample_rate=16000"
    operator = owner_elsewhere
    operator.goto(f"/operator/orgs/{org}")
    operator.get_by_label("Reason").fill("Invoice 2026-0117 is unpaid.")
    with connect(url, additional_headers={"Authorization": f"Token {key}"}) as stream:
        stream.send(bytes(32_000))
        operator.get_by_role("button", name="Suspend").click()
        operator.get_by_role("button", name=re.compile("Lift|Activate|Resume|Restore")).wait_for()
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                stream.recv()
    assert closed.value.rcvd.code == 4003
    page.goto(home)
    page.get_by_text("Invoice 2026-0117 is unpaid.").wait_for()
    assert send(dashboard, key) == 403


@pytest.fixture
def owner_elsewhere(other, dashboard):
    """The deployment's first owner, who operates it, in another browser."""
    from tests.integration.frontend.pages import sign_in

    sign_in(other, dashboard.more["email"], dashboard.more["password"])
    return other


def sign_out(page) -> None:
    page.goto("/profile")
    page.get_by_role("button", name="Sign out", exact=True).first.click()
    page.get_by_text("You are signed out.").wait_for()


def test_code_of_an_app_is_the_second_factor(page):
    sign_up(page, "marta.code@example.com", "Puerto Bajo")
    page.goto("/profile/second-factor")
    page.get_by_label("Your password", exact=True).fill("four words of mine")
    page.get_by_role("button", name="Set it up").click()
    page.get_by_role("img", name="QR code of the secret").wait_for()
    secret = page.locator("#secret").inner_text()
    page.get_by_label("Code", exact=True).fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Turn it on").click()
    codes = page.locator("#codes").inner_text().split()
    sign_out(page)

    page.get_by_label("Email").fill("marta.code@example.com")
    page.get_by_label("Password", exact=True).fill("four words of mine")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("heading", name="Enter the code").wait_for()
    page.get_by_label("Code", exact=True).fill(codes[0])
    page.get_by_role("button", name="Sign in", exact=True).click()

    page.get_by_role("heading", name="Overview").wait_for()


@pytest.fixture
def device(page):
    """An authenticator that verifies its user by itself, as a phone with an unlocked screen."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return session


def test_passkey_signs_in_and_is_removed(page, device):
    """
    Alone; and after the password, in the place of the code.
    """
    sign_up(page, "marta.key@example.com", "Puerto Alto")
    page.goto("/profile/passkeys")
    page.get_by_label("Name").fill("My phone")
    page.get_by_label("Your password", exact=True).fill("not mine at all")
    page.get_by_role("button", name="Register a passkey").click()
    page.get_by_text("This is not your password.").wait_for()
    page.get_by_label("Your password", exact=True).fill("four words of mine")
    page.get_by_role("button", name="Register a passkey").click()
    page.get_by_text("“My phone” is registered.").wait_for()
    page.get_by_role("row", name=re.compile("My phone.*Never")).wait_for()
    sign_out(page)

    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", name="Overview").wait_for()

    page.goto("/profile/second-factor")
    page.get_by_label("Your password", exact=True).fill("four words of mine")
    page.get_by_role("button", name="Set it up").click()
    secret = page.locator("#secret").inner_text()
    page.get_by_label("Code", exact=True).fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Turn it on").click()
    page.locator("#codes").wait_for()
    sign_out(page)
    page.get_by_label("Email").fill("marta.key@example.com")
    page.get_by_label("Password", exact=True).fill("four words of mine")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name="Use a passkey instead").click()
    page.get_by_role("heading", name="Overview").wait_for()

    page.goto("/profile/passkeys")
    assert page.get_by_role("row", name=re.compile("My phone.*Never")).count() == 0
    page.get_by_role("link", name="Remove My phone").click()
    page.get_by_role("button", name="Remove passkey").click()
    page.get_by_text("The passkey is removed.").wait_for()
    page.get_by_text("No passkeys yet").wait_for()


def test_company_signs_its_people_in(page, other, dashboard):
    """
    Through the provider's pages and back, under the Content-Security-Policy.
    """
    home = sign_up(page, "marta@company.example", "Puerto Rico")
    with contextlib.ExitStack() as stack:
        provider = stack.enter_context(oidc_provider_in_a_thread())
        page.goto(f"{home}settings/sign-in")
        page.get_by_label("Issuer").fill(provider.url)
        page.get_by_label("Client id").fill(CLIENT_ID)
        page.get_by_label("Client secret", exact=True).fill(CLIENT_SECRET)
        page.get_by_label("Domains").fill("company.example")
        page.get_by_label(re.compile("Join as members")).check()
        page.get_by_role("button", name="Save").click()
        page.get_by_text("The identity provider is saved.").wait_for()
        page.get_by_role("button", name="Check the domains").click()
        page.get_by_text("Proven", exact=True).wait_for()
        provider.signs_in("jon@company.example", name="Jon")

        other.goto("/sign-in")
        other.get_by_role("link", name="Continue with your company").click()
        other.get_by_label("Work email").fill("jon@company.example")
        other.get_by_role("button", name="Continue").click()
        other.get_by_role("heading", name="Overview").wait_for()

    assert other.get_by_text("Puerto Rico").count() > 0
    assert other.goto("/profile").status == 403
    assert call(dashboard, "GET", "/v1/me")["company_org_id"] is None
