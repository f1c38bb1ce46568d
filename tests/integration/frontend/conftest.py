"""A frontend with its backend in memory; and, for real browsers, one `aldea up` for all tests."""

import shutil

import attrs
import pytest

from dependency_injector import providers
from tests.servers.frontend import frontend
from tests.servers.up import ROOT, aldea_up

from adapters.local_servers.server import free_port
from adapters.memory.passwords import FastPasswords
from entrypoints.containers.people import People


# What the browser's microphone receives: a recording, again and again.
MICROPHONE = (
    "--use-fake-device-for-media-stream",
    f"--use-file-for-fake-audio-capture={ROOT / 'samples/story.wav'}",
)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture
def fast_passwords():
    with People.passwords.override(providers.Singleton(FastPasswords)):
        yield


@pytest.fixture
async def site(fast_passwords):
    async with frontend() as site:
        yield site


@pytest.fixture(scope="session")
def dashboard(tmp_path_factory):
    """`aldea up` in its own process, whose pages real browsers open, by a name: passkeys need one."""
    folder, port = tmp_path_factory.mktemp("dashboard"), free_port()
    url = f"http://localhost:{port}"
    environ = {"ALDEA_BUNDLED_ENGINE": "memory", "ALDEA_DASHBOARD_URL": url}
    with aldea_up(folder, "--frontend-port", str(port), **environ) as running:
        yield attrs.evolve(running, more={**running.more, "dashboard": url})


@pytest.fixture
def chromium():
    """
    Debian's Chromium, driven by Playwright. Without it, tests in browsers are skipped, aloud.

    Of one test, because Playwright's event loop counts as running as long as it is there, and no
    other test of the process could then start its own.
    """
    if CHROMIUM is None:
        pytest.skip("NO CHROMIUM: `apt-get install chromium`, or the dashboard is not tested")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", *MICROPHONE]
        )
        yield browser
        browser.close()


@pytest.fixture
def owner(page, dashboard):
    """The page of the deployment's first owner, signed in, at the org's overview."""
    page.goto("/sign-in")
    page.get_by_label("Email").fill(dashboard.more["email"])
    page.get_by_label("Password", exact=True).fill(dashboard.more["password"])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Overview").wait_for()
    return page


@pytest.fixture
def page(chromium, dashboard):
    """A page of a new browser profile. What its console says of errors fails the test."""
    context = chromium.new_context(base_url=dashboard.more["dashboard"])
    page = context.new_page()
    said = []
    page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    context.close()
    assert not said
