"""`aldea validate` against `aldea up --full`: whole, and with each of its services broken."""

import asyncio
import json
import os
import signal
import subprocess
import tempfile
import xml.etree.ElementTree as ET

from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from aiohttp import web
from aiohttp.test_utils import TestServer
from tests.servers.memory import in_memory
from tests.servers.up import ALDEA, ROOT, aldea_up

from entrypoints.cli.validate_checks import CHECKS, run
from entrypoints.cli.validate_deployment import Deployment


pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

# What each part is for: the checks that must fail without it.
_BROKEN = {
    "gateway": ("file", "live", "refusal"),
    "backend": ("backend", "sign-in", "dashboard sign-in"),
    "db-sync": ("sync",),
    "org-sync": ("sync",),
    "stt": ("file", "live"),
    "frontend": ("dashboard", "dashboard sign-in"),
}
# The same for servers, by words of their commands.
_BROKEN_SERVERS = {
    "postgres": ("backend", "sign-in", "sync", "dashboard sign-in"),
    "redis": ("sync",),
    "sqs": ("sync",),
}
_IMPATIENT = ("--patience", "6")


@pytest.fixture(scope="module")
def full():
    with (
        tempfile.TemporaryDirectory(prefix="aldea-validate-", dir=in_memory()) as folder,
        aldea_up(Path(folder) / "data", "--full", ALDEA_BUNDLED_WORKERS="1") as up,
    ):
        yield up


def validate(up, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ALDEA, "validate", "--ready-file", str(up.ready), *options],
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


def is_service(name: str, command: list[str]) -> bool:
    return "serve" in command and name in command


def is_server(name: str, command: list[str]) -> bool:
    words = {
        "postgres": "postgres",
        "redis": "valkey-server redis-server",
        "sqs": "local_servers.sqs",
    }
    return any(word in " ".join(command) for word in words[name].split()) and (
        "serve" not in command
    )


@contextmanager
def stopped(up, name: str, is_it=is_service):
    """The processes of a part are frozen, as if their machine was."""
    parts = [
        child for child in psutil.Process(up.process.pid).children() if is_it(name, child.cmdline())
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
    Every check is made: `ready.json` names the dashboard, and a person who may sign in.
    """
    junit = tmp_path / "junit.xml"
    done = validate(full, "--junit", str(junit), "--budget", "600", "--patience", "300")

    assert done.returncode == 0, done.stdout + done.stderr
    assert outcomes(junit) == dict.fromkeys(CHECKS, "passed")
    assert full.key not in done.stdout + junit.read_text()
    assert full.more["password"] not in done.stdout + junit.read_text()


@pytest.mark.parametrize("part", [*_BROKEN, *_BROKEN_SERVERS])
def test_broken_part_is_named_by_its_checks(full, tmp_path, part):
    """
    The checks that need the service or server fail, and the exit status says so.
    """
    junit = tmp_path / "junit.xml"
    checks = {**_BROKEN, **_BROKEN_SERVERS}[part]
    names = [option for name in checks for option in ("--only", name)]
    with stopped(full, part, is_service if part in _BROKEN else is_server):
        done = validate(full, *names, *_IMPATIENT, "--junit", str(junit))

    assert done.returncode == 1, done.stdout + done.stderr
    assert outcomes(junit) == dict.fromkeys(checks, "failed")
    assert "failed: " + ", ".join(name for name in CHECKS if name in checks) in done.stdout


@asynccontextmanager
async def balancer(up, broken: bytes):
    """
    The URL of a load balancer, as there is one on AWS before ws-proxy and transcribe: it answers
    502 to requests whose head has *broken*, as if the service that serves them had no task.
    """
    host, _, port = up.url.removeprefix("http://").partition(":")

    async def answer(reader, writer) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()

    async def serve(reader, writer) -> None:
        behind_reader, behind = await asyncio.open_connection(host, port)
        answers = asyncio.create_task(answer(behind_reader, writer))
        with suppress(OSError):
            while data := await reader.read(65_536):
                if broken in data.lower():
                    writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
                    await writer.drain()
                    break
                behind.write(data)
                await behind.drain()
        behind.close()
        await answers
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


@pytest.mark.parametrize(
    ("service", "head", "failed"),
    [
        ("ws-proxy", b"upgrade: websocket", {"live"}),
        ("transcribe", b"post /v1/listen", {"file", "latency"}),
    ],
)
async def test_broken_half_of_the_api_is_named(full, tmp_path, service, head, failed):
    """
    The other half's checks pass.
    """
    junit = tmp_path / "junit.xml"
    checks = {"file", "live", "latency"}
    names = [option for name in checks for option in ("--only", name)]
    async with balancer(full, head) as url:
        options = ("--api", url, "--key", full.key, "--budget", "600", "--patience", "300")
        done = await asyncio.to_thread(validate, full, *options, *names, "--junit", str(junit))

    assert done.returncode == 1, done.stdout + done.stderr
    assert outcomes(junit) == {name: "failed" if name in failed else "passed" for name in checks}, (
        service
    )


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
