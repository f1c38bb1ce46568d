"""
Lighthouse's accessibility and best practices of six pages, at least 95 each:

    python -m tests.integration.frontend.lighthouse [FOLDER FOR THE REPORTS]

Needs Chromium, Node.js, and npm's registry for `lighthouse@12.2.3`. Exits with 1 if a page has less.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile

from pathlib import Path

from playwright.sync_api import sync_playwright
from tests.integration.frontend.pages import furnish, sign_in
from tests.servers.up import Up, aldea_up


LIGHTHOUSE = "lighthouse@12.2.3"
LEAST = 95
_CATEGORIES = ("accessibility", "best-practices")
_PAGES = {
    "sign-in": "/sign-in",
    "overview": "/o/{org}/",
    "keys": "/o/{org}/keys",
    "usage": "/o/{org}/usage",
    "playground": "/o/{org}/playground",
    "billing": "/o/{org}/billing",
}


def main(folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    is_enough = True
    with (
        tempfile.TemporaryDirectory() as data,
        aldea_up(Path(data), ALDEA_BUNDLED_ENGINE="memory") as running,
    ):
        furnish(running)
        cookie = _cookie(running)
        print(f"| page | {' | '.join(_CATEGORIES)} | audits below 1 |\n|---|---:|---:|---|")
        for name, path in _PAGES.items():
            url = running.more["dashboard"] + path.format(org=running.org_id)
            report = _report(url, "" if name == "sign-in" else cookie, folder / f"{name}.json")
            scores = [round(100 * report["categories"][one]["score"]) for one in _CATEGORIES]
            is_enough &= min(scores) >= LEAST
            print(f"| {name} | {' | '.join(map(str, scores))} | {', '.join(_failed(report))} |")
    return 0 if is_enough else 1


def _cookie(running: Up) -> str:
    """The session of the deployment's first owner, as a header."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = chromium.new_page(base_url=running.more["dashboard"])
        sign_in(page, running.more["email"], running.more["password"])
        found = "; ".join(f"{one['name']}={one['value']}" for one in page.context.cookies())
        chromium.close()
    return found


def _report(url: str, cookie: str, file: Path) -> dict:
    command = [
        "npx",
        "--yes",
        LIGHTHOUSE,
        url,
        f"--only-categories={','.join(_CATEGORIES)}",
        "--preset=desktop",
        "--output=json",
        f"--output-path={file}",
        "--quiet",
        "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
        f"--extra-headers={json.dumps({'Cookie': cookie} if cookie else {})}",
    ]
    environ = {**os.environ, "CHROME_PATH": shutil.which("chromium") or ""}
    subprocess.run(command, env=environ, check=True, timeout=240)
    return json.loads(file.read_text())


def _failed(report: dict) -> list[str]:
    names = {
        one["id"] for category in report["categories"].values() for one in category["auditRefs"]
    }
    return sorted(name for name in names if report["audits"][name]["score"] not in {None, 1})


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())))
