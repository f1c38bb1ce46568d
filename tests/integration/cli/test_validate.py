"""`aldea validate` against `aldea up --full`: whole, and with each of its services broken."""

import json
import os
import signal
import subprocess
import tempfile
import xml.etree.ElementTree as ET

from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from aiohttp import web
from aiohttp.test_utils import TestServer
from tests.servers.up import ALDEA, ROOT, aldea_up

from entrypoints.cli.validate_checks import CHECKS, run
from entrypoints.cli.validate_deployment import Deployment


pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

# What each part is for: the checks that must fail without it.
_BROKEN = {
    "gateway": ("file", "live", "refusal"),
    "backend": ("backend", "sign-in"),
    "db-sync": ("sync",),
    "org-sync": ("sync",),
    "stt": ("file", "live"),
}
_IMPATIENT = ("--patience", "6")


@pytest.fixture(scope="module")
def full():
    with (
        tempfile.TemporaryDirectory(prefix="aldea-validate-") as folder,
        aldea_up(Path(folder), "--full", ALDEA_BUNDLED_WORKERS="1") as up,
    ):
        yield up


def validate(up, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ALDEA, "validate", "--ready-file", str(up.data / "ready-now.json"), *options],
        capture_output=True,
        text=True,
        env={name: text for name, text in os.environ.items() if not name.startswith("ALDEA_")},
        check=False,
        cwd=ROOT,
    )


def outcomes(file: Path) -> dict[str, str]:
    """Check → passed, failed or skipped."""
    found = {}
    for case in ET.parse(file).getroot():
        kinds = [child.tag for child in case]
        found[case.attrib["name"]] = (
            "failed" if "failure" in kinds else "skipped" if "skipped" in kinds else "passed"
        )
    return found


@contextmanager
def stopped(up, name: str):
    """The processes of a part are frozen, as if their machine was."""
    parts = [
        child
        for child in psutil.Process(up.process.pid).children()
        if "serve" in child.cmdline() and name in child.cmdline()
    ]
    assert parts, f"there is no {name}"
    frozen = [each for part in parts for each in (part, *part.children(recursive=True))]
    try:
        for each in frozen:
            each.send_signal(signal.SIGSTOP)
        yield
    finally:
        for each in frozen:
            each.send_signal(signal.SIGCONT)


def test_whole_deployment_passes(full, tmp_path):
    """
    Every check is made, but for the dashboard, which was not named.
    """
    junit = tmp_path / "junit.xml"
    done = validate(full, "--junit", str(junit), "--budget", "600", "--patience", "300")

    assert done.returncode == 0, done.stdout + done.stderr
    assert outcomes(junit) == dict.fromkeys(CHECKS, "passed") | {"dashboard": "skipped"}
    assert full.key not in done.stdout + junit.read_text()


@pytest.mark.parametrize("part", _BROKEN)
def test_broken_service_is_named_by_its_check(full, tmp_path, part):
    """
    A check that needs the service fails, and the exit status says so.
    """
    junit = tmp_path / "junit.xml"
    names = [option for name in _BROKEN[part] for option in ("--only", name)]
    with stopped(full, part):
        done = validate(full, *names, *_IMPATIENT, "--junit", str(junit))

    assert done.returncode == 1, done.stdout + done.stderr
    assert outcomes(junit) == dict.fromkeys(_BROKEN[part], "failed")
    assert "failed: " + ", ".join(name for name in CHECKS if name in _BROKEN[part]) in done.stdout


def test_wrong_key_fails(full, tmp_path):
    """
    No org has it.
    """
    junit = tmp_path / "junit.xml"
    options = ("--key", "org_wrong", "--only", "file", "--only", "backend", "--junit", str(junit))
    done = validate(full, "--api", full.url, "--backend", full.more["backend"], *options)

    assert done.returncode == 1
    assert outcomes(junit) == {"file": "failed", "backend": "failed"}


def test_unknown_check_is_one_line(full):
    """
    It names those that there are.
    """
    done = validate(full, "--only", "everything")

    assert done.returncode == 2
    assert "limit headers" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "kind", "failure"),
    [
        ("<html><title>Aldea</title></html>", "text/html", ""),
        ("<html></html>", "text/html", "the page has no title"),
        ("{}", "application/json", "it is not HTML"),
    ],
)
async def test_dashboard_is_a_page_with_a_title(text, kind, failure):
    """
    Whatever server answers.
    """

    async def page(_request: web.Request) -> web.Response:
        return web.Response(text=text, content_type=kind)

    app = web.Application()
    app.router.add_get("/", page)
    async with TestServer(app) as server:
        found = await run(
            Deployment("http://127.0.0.1:1", "org_x", platform=str(server.make_url(""))),
            ["dashboard"],
        )

    assert [each.failure for each in found] == [failure]


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        ({"text": "brown fox"}, "the answer is not of the promised form: KeyError"),
        ({"text": "hello"}, "words were not recognised: brown fox"),
        (["brown"], "the answer is not of the promised form: TypeError"),
        (None, "status 503"),
    ],
)
async def test_answer_of_another_form_is_a_failure(answer, failure):
    """
    And no traceback.
    """

    async def listen(_request: web.Request) -> web.Response:
        return web.Response(text=json.dumps(answer), status=503 if answer is None else 200)

    app = web.Application()
    app.router.add_post("/v1/listen", listen)
    async with TestServer(app) as server:
        url = str(server.make_url("")).rstrip("/")
        found = await run(Deployment(url, "org_x", expected=("brown", "fox")), ["file"])

    assert [each.failure for each in found] == [failure]
