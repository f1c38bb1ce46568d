"""The page of open sessions in Chromium, while hundreds of them come, go and are metered."""

import asyncio
import itertools
import shutil

from datetime import timedelta

import attrs

from playwright.async_api import CDPSession, async_playwright

from aldea_core.domain.access.keys import KeyHash, KnownKey
from aldea_core.domain.access.limits import Entitlements, Limits, SessionKind
from aldea_core.domain.ids import KeyId, OrgId, SessionId, TaskId
from aldea_core.domain.live.leases import Lease
from aldea_core.ports.leases import Renewal
from benchmarks.dashboard.site import EMAIL, PASSWORD, Site


_SECONDS = 20
_COME_AND_GO = 10  # sessions a second
_LIFE = timedelta(minutes=10)
_UNBOUND = Entitlements(
    Limits(concurrent_live=10_000, concurrent_files=10_000, requests_per_minute=None)
)
_SPENT = {
    "ScriptDuration": "scripts",
    "RecalcStyleDuration": "styles",
    "LayoutDuration": "layout",
    "TaskDuration": "all tasks of the page",
}
# Frames and long tasks (50 ms and more, by the browser's definition) from now on.
_OBSERVE = """() => {
  window.seen = { frames: [], tasks: [] };
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) window.seen.tasks.push(task.duration);
  }).observe({ type: "longtask" });
  let last = performance.now();
  const frame = (now) => { window.seen.frames.push(now - last); last = now; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
}"""


class _Sessions:
    """Open sessions of the org, of which each second some end, some begin, and all are metered."""

    def __init__(self, site: Site, number: int) -> None:
        self._leases = site.services.stores.leases()
        self._clock = site.services.stores.clock()
        self._org = OrgId(site.org)
        self._keys = site.key_ids
        self._numbers = itertools.count()
        self._wanted = number
        self._open: list[Lease] = []

    async def fill(self) -> None:
        while len(self._open) < self._wanted:
            await self._begin()

    async def go_on(self) -> None:
        while True:
            await asyncio.sleep(1)
            now = self._clock.now()
            ended, self._open = self._open[:_COME_AND_GO], self._open[_COME_AND_GO:]
            for lease in ended:
                await self._leases.release(lease, audio_ms=lease.audio_ms, at=now)
            self._open = [
                attrs.evolve(lease, audio_ms=lease.audio_ms + 1000) for lease in self._open
            ]
            await self._leases.renew([Renewal(lease, _UNBOUND) for lease in self._open], at=now)
            await self.fill()

    async def _begin(self) -> None:
        number, now = next(self._numbers), self._clock.now()
        key = KnownKey(KeyHash(bytes(32)), KeyId(self._keys[number % len(self._keys)]), self._org)
        lease = Lease(
            SessionId(f"{number:08x}-0000-4000-8000-000000000000"),
            key,
            SessionKind.LIVE,
            TaskId("gateway-1"),
            now,
            now + _LIFE,
        )
        await self._leases.admit(lease, _UNBOUND, at=now)
        self._open.append(lease)


async def watch(site: Site, number: int) -> str:
    """A table of frames and long tasks."""
    sessions = _Sessions(site, number)
    await sessions.fill()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = await browser.new_page(
            base_url=site.url,
            viewport={"width": 1440, "height": 900},
            reduced_motion="reduce",
            bypass_csp=True,
        )
        await page.goto("/sign-in")
        await page.get_by_label("Email").fill(EMAIL)
        await page.get_by_label("Password", exact=True).fill(PASSWORD)
        await page.get_by_role("button", name="Sign in").click()
        await page.get_by_role("heading", name="Overview").wait_for()
        await page.goto(f"/o/{site.org}/live")
        await page.wait_for_function(
            f"document.querySelectorAll('#rows tr').length >= {number}", timeout=30_000
        )
        going = asyncio.create_task(sessions.go_on())
        devtools = await page.context.new_cdp_session(page)
        await devtools.send("Performance.enable")
        before = await _spent(devtools)
        await page.evaluate(_OBSERVE)
        await asyncio.sleep(_SECONDS)
        seen = await page.evaluate("window.seen")
        after = await _spent(devtools)
        rows = await page.evaluate("document.querySelectorAll('#rows tr').length")
        going.cancel()
        await browser.close()
    frames, tasks = sorted(seen["frames"]), seen["tasks"]

    def share(part: int) -> float:
        return float(frames[len(frames) * part // 100])

    return (
        f"\n| live page, {rows} rows, {_COME_AND_GO} come and go a second, {_SECONDS} s | |\n|---|---:|\n"
        f"| frames a second | {len(frames) / _SECONDS:.1f} |\n"
        f"| frame, median | {share(50):.1f} ms |\n| frame, p95 | {share(95):.1f} ms |\n"
        f"| frame, p99 | {share(99):.1f} ms |\n| longest frame | {frames[-1]:.1f} ms |\n"
        f"| long tasks (50 ms or more) | {len(tasks)} |\n"
        f"| longest task | {max(tasks, default=0):.0f} ms |\n"
        + "\n".join(
            f"| {name} in a second | {(after[key] - before[key]) * 1000 / _SECONDS:.1f} ms |"
            for key, name in _SPENT.items()
        )
    )


async def _spent(devtools: CDPSession) -> dict[str, float]:
    """Seconds of the page's main thread so far, by what it did."""
    found = await devtools.send("Performance.getMetrics")
    return {one["name"]: one["value"] for one in found["metrics"] if one["name"] in _SPENT}
