"""
Pictures of every page, light and dark, desktop and phone:

    python -m tests.integration.frontend.screenshots FOLDER [PART OF A NAME]
"""

import sys
import tempfile

from pathlib import Path

from playwright.sync_api import BrowserContext, Page, sync_playwright
from tests.integration.frontend.pages import furnish, pages_of, sign_in
from tests.servers.up import aldea_up


_SIZES = {"desktop": (1440, 900), "phone": (390, 844)}


def main(folder: Path, part: str = "") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        with aldea_up(Path(data), ALDEA_BUNDLED_ENGINE="memory") as running:
            furnish(running)
            for scheme in ("light", "dark"):
                for size, (width, height) in _SIZES.items():
                    context = chromium.new_context(
                        base_url=running.more["dashboard"],
                        viewport={"width": width, "height": height},
                        color_scheme=scheme,
                        timezone_id="Europe/Madrid",
                    )
                    _shoot(context, running, folder, f"{size}-{scheme}", part)
                    context.close()
        chromium.close()


def _shoot(context: BrowserContext, running, folder: Path, kind: str, part: str) -> None:
    page = context.new_page()
    is_signed_in = False
    for name, path, needs_sign_in in pages_of(running):
        if needs_sign_in and not is_signed_in:
            sign_in(page, running.more["email"], running.more["password"])
            is_signed_in = True
        if part in name:
            page.goto(path)
            _settle(page)
            page.screenshot(path=folder / f"{name}-{kind}.png", full_page=True)
            width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            print(f"{name}-{kind}", f"scrolls sideways by {width}" if width > 0 else "")


def _settle(page: Page) -> None:
    page.wait_for_load_state("networkidle")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:3])
