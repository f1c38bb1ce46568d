"""A customer at the terminal, beside a running `aldea up`: what is printed works as it is printed."""

import json
import os
import re
import shlex
import subprocess
import time

from contextlib import suppress

import pytest
import websockets.sync.client

from tests.servers.command_line import Ran, run_aldea
from tests.servers.up import ALDEA, ROOT, Up

from entrypoints.cli.main import COMMANDS
from entrypoints.cli.profiles import read_profiles


pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def at_home(up, tmp_path, monkeypatch):
    """A folder in which `aldea up` runs, for a user who is signed in to no backend."""
    (tmp_path / ".aldea").symlink_to(up.data)
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in list(os.environ):
        if name.startswith("ALDEA_"):
            monkeypatch.delenv(name)


def done(*arguments: str, stdin: str = "") -> str:
    ran = run_aldea(*arguments, stdin=stdin)
    assert ran.status == 0, ran
    return ran.out


def until(ready) -> None:
    """Waits for a condition; the test's own timeout bounds it."""
    while not ready():
        time.sleep(0.05)


def test_from_a_sign_in_to_a_revoked_key(up: Up, monkeypatch):
    """
    Sign in, make a key, transcribe with it, see usage and cost, end a session, revoke the key.
    """
    email, password = up.more["email"], up.more["password"]
    done("login", "--url", up.more["backend"], "--email", email, stdin=password)
    key = done("keys", "create", "--name", "laptop").strip()
    before = json.loads(done("usage", "--json"))["totals"]["sessions"]
    monkeypatch.setenv("ALDEA_API_KEY", key)
    assert done("transcribe", "samples/hello.wav").strip()
    until(lambda: json.loads(done("usage", "--json"))["totals"]["sessions"] > before)
    assert " USD" in done("usage", "--by", "day")
    (listed,) = [
        one for one in json.loads(done("keys", "--json"))["items"] if one["name"] == "laptop"
    ]
    requests = json.loads(done("requests", "--key", listed["id"], "--json"))["items"]
    assert [(one["kind"], one["status"]) for one in requests] == [("file", 200)]

    live = f"{up.websocket}/v1/listen?encoding=linear16&sample_rate=16000"
    headers = {"Authorization": f"Token {key}"}
    with websockets.sync.client.connect(live, additional_headers=headers) as stream:
        stream.send(bytes(32_000))
        (session,) = json.loads(done("sessions", "--json"))["items"]
        assert session["key_id"] == listed["id"]
        assert session["id"] in done("sessions")
        done("sessions", "end", session["id"])
        with suppress(websockets.ConnectionClosed):
            while True:
                stream.recv()
        assert stream.close_code not in {None, 1000}
    until(lambda: json.loads(done("sessions", "--json"))["items"] == [])

    done("keys", "revoke", "laptop")
    until(lambda: run_aldea("transcribe", "samples/hello.wav").status == 4)
    monkeypatch.delenv("ALDEA_API_KEY")
    done("logout")
    assert read_profiles().of() is None


def test_key_of_the_environment_opens_the_backend_that_is_named(up: Up, monkeypatch):
    """
    Also that of the local `aldea up`, whose first key is for commands that name no backend.
    """
    monkeypatch.setenv("ALDEA_API_KEY", "org_wrong")

    assert run_aldea("keys").status == 0
    assert run_aldea("keys", "--url", up.more["backend"]).status == 4


def test_request_is_shown_by_how_its_id_begins(up: Up):
    """
    As the dashboard shows it.
    """
    done("transcribe", "samples/hello.wav")
    until(lambda: json.loads(done("requests", "--json"))["items"])
    newest = json.loads(done("requests", "--json"))["items"][0]["id"]

    shown = done("requests", "show", newest[:8])

    assert f"id                 {newest}" in shown
    assert "final              yes" in shown
    assert run_aldea("requests", "show", "00000000").err.endswith("There is no such request\n")
    assert "created_at" not in done("orgs", "--local")


def test_status_of_what_runs(up: Up):
    status = json.loads(done("status", "--json"))["services"]

    assert {one["name"]: (one["url"], one["state"]) for one in status} == {
        name: (up.more[name], "ready") for name in ("api", "dashboard", "backend")
    }
    gone = run_aldea("status", "--url", "http://127.0.0.1:9")
    assert gone.status == 3
    assert "no server listens there" in gone.out
    other = run_aldea("status", "--url", up.url)
    assert other.status == 0


def test_secret_on_the_command_line_is_warned_of(up: Up):
    ran = run_aldea("transcribe", "samples/hello.wav", "--key", up.key)

    assert ran.status == 0
    assert "--key stays in the shell's history" in ran.err
    assert up.key not in ran.err


# Not run as they are printed: they need what a test has not, or do not end.
NOT_RUN = (
    "up", "serve", "migrate", "lambda", "validate", "models pull", "models remove", "listen", "login",
    "logout", "operators", "--install-completion", "COMMAND", "invoices issue", "invoices pay",
    "invoices void", "invoices open", "invoices verify", "transcribe https", "sessions end SESSION-ID", "requests show",
    "status --url",
)  # fmt: skip


def printed() -> list[str]:
    """The lines that call aldea in the README, in docs/cli.md and in all help."""
    texts = [(ROOT / name).read_text() for name in ("README.md", "docs/cli.md")]
    found = [line for text in texts for line in re.findall(r"^\$ (aldea .*)$", text, re.MULTILINE)]
    for words in [(), *((name,) for name in COMMANDS)]:
        help_ = run_aldea(*words, "--help").out
        found += re.findall(r"^ {4}(aldea .*)$", help_, re.MULTILINE)
        for sub in re.findall(r"^  ([a-z]+)  ", help_.partition("\nCommands:\n")[2], re.MULTILINE):
            if words:
                more = run_aldea(*words, sub, "--help").out
                found += re.findall(r"^ {4}(aldea .*)$", more, re.MULTILINE)
    return list(dict.fromkeys(line.partition("   #")[0].strip() for line in found))


def test_printed_lines_work_as_printed(up: Up, tmp_path):
    """
    Word for word; a name that stands for an id is replaced by one.
    """
    for name in ("interview.mp3", "meeting.mp3"):
        (tmp_path / name).write_bytes((ROOT / "samples/hello.mp3").read_bytes())
    (tmp_path / "talk.wav").write_bytes((ROOT / "samples/hello.wav").read_bytes())
    lines = [line for line in printed() if not line.removeprefix("aldea ").startswith(NOT_RUN)]
    assert "aldea keys create --name laptop" in lines
    assert len(lines) > 25
    (tmp_path / "aldea").symlink_to(ALDEA)
    # On a local database, as operators do.
    assert run_aldea("orgs", "--local").status == 0

    failed = [(line, ran) for line in lines if (ran := as_printed(line, up)).status]

    assert not failed


def as_printed(line: str, up: Up) -> Ran:
    """What the shell would run."""
    key = the_one_laptop() if re.search("laptop|KEY", line) and " create " not in line else ""
    for name, value in (("--org Acme", f"--org {up.org_id}"), ("ORG", up.org_id), ("KEY-ID", key)):
        line = re.sub(rf"(?<=\s){name}\b", value, line)
    command, _, target = line.partition(" > ")
    if "*" in command:
        ran = subprocess.run(
            ["bash", "-c", line], capture_output=True, text=True, check=False, timeout=120,
            env={**os.environ, "PATH": f".:{os.environ['PATH']}"},
        )  # fmt: skip
        return Ran(ran.returncode, ran.stdout, ran.stderr)
    ran = run_aldea(*shlex.split(command)[1:])
    assert not target or ran.out
    return ran


def the_one_laptop() -> str:
    """The id of the only key of this name that works."""
    keys = json.loads(done("keys", "--json"))["items"]
    for key in keys:
        if key["name"] == "laptop" and key["works"]:
            done("keys", "revoke", key["id"])
    made = json.loads(done("keys", "create", "--name", "laptop", "--json"))
    return str(made["api_key"]["id"])
