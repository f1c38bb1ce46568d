"""
Pictures of every page, light and dark, desktop and phone:

    python -m tests.integration.frontend.screenshots FOLDER [PART OF A NAME]

Or the six pictures of the documentation, with a month of usage, as small PNG files:

    python -m tests.integration.frontend.screenshots --docs docs/images
"""

import sys
import tempfile

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from tests.integration.frontend.conftest import CHROMIUM, MICROPHONE
from tests.integration.frontend.month import furnish_month
from tests.integration.frontend.pages import furnish, pages_of, sign_in
from tests.servers.up import ROOT, Up, aldea_up
from websockets.sync.client import connect


_SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
# Of the documentation: path within the organisation, and theme.
_DOCS = {
    "overview": ("/", "light"),
    "live": ("/live", "dark"),  # soon, as its streams end when no more audio comes
    "playground": ("/playground", "light"),
    "usage": ("/usage", "light"),
    "keys": ("/keys", "dark"),
    "billing": ("/billing", "light"),
}
_COLOURS = 128


def main(folder: Path, part: str = "") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with _running() as running, _chromium() as chromium:
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


def shoot_docs(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with _running("whisper") as running:  # the playground's words are those that were said
        secrets = furnish_month(running)
        with _chromium() as chromium, ExitStack() as streams:
            audio = (ROOT / "samples/story.wav").read_bytes()
            for secret in [*secrets[:2], secrets[0]]:
                headers = {"Authorization": f"Token {secret}"}
                url = f"{running.websocket}/v1/listen"
                stream = streams.enter_context(connect(url, additional_headers=headers))
                stream.send(audio[:200_000])
            for name, (path, scheme) in _DOCS.items():
                context = chromium.new_context(
                    base_url=running.more["dashboard"],
                    viewport={"width": 1280, "height": 800},
                    color_scheme=scheme,
                    timezone_id="Europe/Madrid",
                    permissions=["microphone"],
                )
                page = context.new_page()
                sign_in(page, running.more["email"], running.more["password"])
                page.goto(f"/o/{running.org_id}{path}")
                if name == "playground":
                    _record(page)
                _settle(page)
                file = folder / f"{name}.png"
                page.screenshot(path=file)
                _make_small(file)
                print(f"{file} {file.stat().st_size / 1000:.0f} kB")
                context.close()


@contextmanager
def _running(engine: str = "memory") -> Iterator[Up]:
    with (
        tempfile.TemporaryDirectory() as data,
        aldea_up(Path(data), ALDEA_BUNDLED_ENGINE=engine) as running,
    ):
        yield running


@contextmanager
def _chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", *MICROPHONE]
        )
        yield chromium
        chromium.close()


def _shoot(context: BrowserContext, running: Up, folder: Path, kind: str, part: str) -> None:
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


def _record(page: Page) -> None:
    """Some seconds of speech, whose words are shown."""
    page.get_by_role("button", name="Record").click()
    page.wait_for_timeout(9000)


def _settle(page: Page) -> None:
    page.wait_for_load_state("load")
    page.wait_for_timeout(1500 if "/live" in page.url else 300)


def _make_small(file: Path) -> None:
    """Few colours, which is all that the pages have."""
    picture = Image.open(file).convert("RGB")
    picture.quantize(_COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)


if __name__ == "__main__":
    if sys.argv[1] == "--docs":
        shoot_docs(Path(sys.argv[2]))
    else:
        main(Path(sys.argv[1]), *sys.argv[2:3])
