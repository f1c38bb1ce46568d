"""The page of open sessions with 500 of them: an event changes the cells of its sessions alone."""

from datetime import timedelta

import attrs
import pytest

from playwright.async_api import async_playwright
from tests.integration.frontend.conftest import CHROMIUM

from aldea_core.domain.access.keys import KeyHash, KnownKey
from aldea_core.domain.access.limits import Entitlements, Limits, SessionKind
from aldea_core.domain.ids import KeyId, OrgId, SessionId, TaskId
from aldea_core.domain.live.leases import Lease
from aldea_core.ports.leases import Renewal


_SESSIONS, _METERED = 500, 100
_ENTITLED = Entitlements(
    Limits(concurrent_live=100_000, concurrent_files=10_000, requests_per_minute=None)
)
# Counts every change of the document, and names the rows that changed.
_OBSERVE = """() => {
  window.seen = { changes: 0, rows: new Set() };
  new MutationObserver((records) => {
    for (const { target } of records) {
      const row = (target.closest ? target : target.parentElement)?.closest("#rows tr");
      if (row) { window.seen.changes += 1; window.seen.rows.add(row.dataset.id); }
      else if (target.id === "rows") window.seen.changes += 1;
    }
  }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
}"""


@pytest.fixture
async def ann(site):
    return await site.person()


@pytest.fixture
async def leases(site, ann):
    return await opened(site, ann, _SESSIONS)


async def opened(site, ann, sessions):
    """Open sessions that began so long ago that their ages do not change meanwhile."""
    store, now = site.backend.services.stores.leases(), site.backend.services.stores.clock().now()
    key = KnownKey(KeyHash(bytes(32)), KeyId("key-1"), OrgId(ann.org))
    found = []
    for number in range(sessions):
        lease = Lease(
            SessionId(f"{number:08x}-0000-4000-8000-000000000000"),
            key,
            SessionKind.LIVE,
            TaskId("gateway-1"),
            now - timedelta(hours=2, minutes=10, seconds=number),
            now + timedelta(hours=1),
        )
        await store.admit(lease, _ENTITLED, at=now)
        found.append(lease)
    return found


async def test_page_shows_the_newest_of_many_sessions(site, ann):
    """
    It says how many there are besides: more than fit into one line of the HTTP library.
    """
    many = 5_000
    await opened(site, ann, many)

    page = await ann.get(ann.at("/live"))

    assert page.status == 200
    assert page.text.count("data-started=") == 200
    assert f"{many:,}" in page.text
    assert f"{many - 200:,}" in page.text


async def test_operators_read_that_older_sessions_are_shown_of_many(site, ann):
    """
    The backend sends 5,000 at most.
    """
    await opened(site, ann, 5_001)
    users = site.backend.services.people.users()
    user = await users.of_email(ann.email)
    await users.put(attrs.evolve(user, is_operator=True))

    page = await ann.get("/operator/sessions")

    assert "The 5,000 of all organisations that have been open longest" in page.text


@pytest.mark.skipif(CHROMIUM is None, reason="NO CHROMIUM: the dashboard is not tested")
async def test_metering_touches_the_metered_rows_alone(site, ann, leases):
    """
    Rows that the server left out are added in their order: newest first.
    """
    services = site.backend.services
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        context = await browser.new_context(base_url=site.url, bypass_csp=True)
        (cookie,) = ann.client.cookie_jar
        await context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": site.url}])
        page = await context.new_page()
        await page.goto(ann.at("/live"))
        rows = page.locator("#rows tr")
        await page.wait_for_function(
            f"document.querySelectorAll('#rows tr').length === {_SESSIONS}", timeout=120_000
        )
        ids = await rows.evaluate_all("rows => rows.map((row) => row.dataset.id)")
        await page.locator(".state-ok", has_text="Live").first.wait_for()
        await page.evaluate(_OBSERVE)
        metered = [lease.counted(61_000, "pt", "general-2") for lease in leases[:_METERED]]
        await services.stores.leases().renew(
            [Renewal(lease, _ENTITLED) for lease in metered], at=services.stores.clock().now()
        )
        await page.wait_for_function(
            f"""() => [...document.querySelectorAll("#rows [data-audio]")]
            .filter((cell) => cell.textContent === "1:01").length === {_METERED}""",
            timeout=120_000,
        )
        first = await rows.first.locator(".kind, .model").all_inner_texts()
        seen = await page.evaluate("() => ({ ...window.seen, rows: [...window.seen.rows] })")
        await browser.close()

    assert ids == [lease.session for lease in leases]
    assert set(seen["rows"]) == {lease.session for lease in metered}
    assert seen["changes"] == 3 * _METERED  # audio, language and model
    assert first == ["Live", "pt", "general-2"]
