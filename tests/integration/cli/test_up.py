"""`aldea up`, and commands on its database."""

import json
import os
import signal
import sqlite3
import stat
import subprocess
import time
import urllib.error
import urllib.request

from contextlib import closing
from pathlib import Path, PurePath

import pytest
import websockets.sync.client

from tests.servers.up import ALDEA, ROOT, aldea_up, open_to_others

from entrypoints.devstack.folder_lock import OURS


pytestmark = pytest.mark.slow


def aldea(*arguments: str, **environ: str):
    base = {name: value for name, value in os.environ.items() if not name.startswith("ALDEA_")}
    return subprocess.run(
        [ALDEA, *arguments],
        capture_output=True,
        text=True,
        env=base | environ,
        timeout=60,
        check=False,
        cwd=ROOT,
    )


def status_of(url: str, key: str) -> int:
    request = urllib.request.Request(
        f"{url}/v1/listen",
        data=bytes(3200),
        headers={"Authorization": f"Token {key}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code


def test_the_printed_curl_line_works(tmp_path):
    """
    Word for word, as it is pasted.
    """
    with aldea_up(tmp_path) as up:
        while "Ctrl-C" not in (printed := up.output.read_text()):
            time.sleep(0.01)
        line = printed[printed.index("curl ") :].split("\n\n")[0]
        done = subprocess.run(
            ["bash", "-c", line], capture_output=True, cwd=ROOT, timeout=60, check=True
        )

        assert json.loads(done.stdout)["text"]
        assert up.key in printed
        assert up.stop() == 0
    assert "Aldea has stopped." in up.output.read_text()


PORTS = ("--api-port", "0", "--backend-port", "0", "--frontend-port", "0")


def test_service_goes_on_although_no_one_reads_what_it_prints(tmp_path):
    """
    As with `aldea up | head -1`.
    """
    ready = tmp_path / "ready"
    reading, writing = os.pipe()
    os.close(reading)
    process = subprocess.Popen(
        [*(ALDEA, "up", "--data", tmp_path / "data", "--ready-file", ready), *PORTS],
        stdout=writing,
        stderr=subprocess.PIPE,
        env={**os.environ, "ALDEA_BUNDLED_ENGINE": "memory"},
    )
    os.close(writing)
    while not ready.exists() and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)

    assert (process.returncode, ready.exists()) == (0, True), error


def test_a_restart_keeps_orgs_and_keys(tmp_path):
    """
    With their changes; files with a key are private.
    """
    with aldea_up(tmp_path) as first:
        made = aldea("keys", "create", "--data", str(tmp_path), "--json")
        key = json.loads(made.stdout)
    with aldea_up(tmp_path) as second:
        assert (second.key, second.org_id) == (first.key, first.org_id)
        assert status_of(second.url, key["key"]) != 401
        done = aldea("keys", "revoke", key["api_key"]["id"], "--data", str(tmp_path))
        assert "Revoked" in done.stdout
        for _ in range(60):
            if status_of(second.url, key["key"]) == 401:
                break
            time.sleep(0.1)
        assert status_of(second.url, key["key"]) == 401
        for file in (tmp_path / "ready.json", second.ready):
            assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_sigterm_ends_it_with_status_0(tmp_path):
    """
    With its workers.
    """
    with aldea_up(tmp_path) as up:
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(up.process.pid)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        up.process.send_signal(signal.SIGTERM)
        assert up.process.wait(20) == 0
    assert children
    assert not any(Path(f"/proc/{child}").exists() for child in children)


def test_locked_database_loses_no_transcript_or_usage(tmp_path):
    with aldea_up(tmp_path, ALDEA_BUNDLED_ENGINE="memory") as up:
        assert status_of(up.url, up.key) == 200  # the key is known now
        with closing(sqlite3.connect(tmp_path / "aldea.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert status_of(up.url, up.key) == 200
            other.execute("ROLLBACK")
            for _ in range(200):
                if (count := _records(other)) == 2:
                    break
                time.sleep(0.1)
            assert count == 2


def test_it_is_killed_while_a_stream_is_open(tmp_path):
    """
    What the stream had used until some seconds before is billed by the next start.
    """
    live = "/v1/listen?encoding=linear16&sample_rate=16000"
    with (
        aldea_up(tmp_path, ALDEA_BUNDLED_ENGINE="memory") as up,
        websockets.sync.client.connect(up.websocket + live, additional_headers=up.auth) as stream,
    ):
        stream.send(bytes(32_000))
        for _ in range(200):
            if list((tmp_path / "spool").glob("usage-*-open-*.jsonl")):
                break
            stream.send('{"type": "KeepAlive"}')
            time.sleep(0.1)
        up.process.kill()
        up.process.wait()
    with (
        aldea_up(tmp_path, ALDEA_BUNDLED_ENGINE="memory"),
        closing(sqlite3.connect(tmp_path / "aldea.db")) as database,
    ):
        for _ in range(200):
            if _records(database):
                break
            time.sleep(0.1)
        assert database.execute("SELECT audio_ms FROM usage_records").fetchall() == [(1000,)]


def _records(database: sqlite3.Connection) -> int:
    return database.execute("SELECT count(*) FROM usage_records WHERE audio_ms > 0").fetchone()[0]


def test_taken_port_is_one_line(tmp_path, up):
    port = up.url.rpartition(":")[2]
    done = aldea("up", "--data", str(tmp_path), "--api-port", port)

    assert done.returncode == 1
    assert f"Port {port} on 127.0.0.1 is taken: name another one with --api-port" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "environ", "says"),
    [
        (["--api-port", "99999"], {}, "--api-port"),
        (["--engine-url", "gpu-1"], {}, "'--engine-url': 'gpu-1' is not http://HOST"),
        ([], {"ALDEA_CAPACTY": "1"}, "ALDEA_CAPACTY is not a setting"),
        ([], {"ALDEA_CAPACITY": "x"}, "a whole number"),
        (["--whisper-model", "."], {}, "model.bin is missing"),
        (["--whisper-model", "small.en"], {}, "aldea models pull small.en"),
    ],
)
def test_invalid_settings_are_one_line(tmp_path, arguments, environ, says):
    """
    With an exit status.
    """
    done = aldea("up", "--data", str(tmp_path / "x"), *arguments, **environ)

    assert done.returncode in {1, 2}
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_orgs_and_keys_are_managed(tmp_path):
    """
    Created, listed, rotated and revoked, as a table or as JSON.
    """
    database = {"ALDEA_DATABASE_URL": f"sqlite:///{tmp_path}/aldea.db"}
    (org,) = json.loads(aldea("orgs", "create", "Acme Ltd", "--json", **database).stdout)
    made = aldea("keys", "create", "--name", "laptop", "--days", "9", **database)
    (key,) = json.loads(aldea("keys", "--org", org["id"], "--json", **database).stdout)["items"]
    rotated = aldea("keys", "rotate", "laptop", "--overlap-hours", "1", **database)
    table = aldea("keys", "list", "--org", "acme ltd", **database).stdout

    assert made.stdout.startswith("org_")
    assert made.stdout.strip() != rotated.stdout.strip()
    assert (key["name"], key["scopes"]) == ("laptop", ["member"])
    assert made.stdout.strip() not in table
    assert [line.split()[4] for line in table.splitlines()] == ["state", "works", "works"]
    assert table.splitlines()[0].endswith("ends")
    assert "Acme Ltd" in aldea("orgs", "list", **database).stdout

    aldea("keys", "revoke", key["id"], **database)
    table = aldea("keys", "list", "--org", "acme ltd", **database).stdout
    assert [line.split()[4] for line in table.splitlines()] == ["state", "revoked", "works"]


def test_limits_are_shown_and_set(tmp_path):
    """
    `none` removes a limit where that is allowed.
    """
    database = {"ALDEA_DATABASE_URL": f"sqlite:///{tmp_path}/aldea.db"}
    (org,) = json.loads(aldea("orgs", "create", "Acme", "--json", **database).stdout)
    changes = ["concurrent_live=50", "requests_per_minute=none"]
    aldea("orgs", "limits", org["id"], *changes, **database)
    shown = aldea("orgs", "limits", "acme", **database).stdout
    (limits,) = json.loads(aldea("orgs", "limits", org["id"], "--json", **database).stdout)

    assert (limits["concurrent_live"], limits["requests_per_minute"]) == (50, None)
    assert limits["concurrent_files"] == 10
    assert "concurrent_live      50" in shown
    many = "concurrent_live=1000000001"  # more than the backend takes
    for wrong in ("concurrent=5", "concurrent_live=many", "concurrent_live=none", "quota_ms", many):
        done = aldea("orgs", "limits", org["id"], wrong, **database)
        assert done.returncode == 2
        assert "\n" not in done.stderr.strip()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["keys", "list", "--org", "unknown"], "no organisation 'unknown'"),
        (["keys", "create"], "there is no organisation"),
        (["invoices", "--org", "unknown"], "no organisation 'unknown'"),
        (["orgs", "create", " "], "1 to 200"),
        (["orgs", "limits", "unknown"], "no organisation 'unknown'"),
    ],
)
def test_unknown_org_or_key_is_one_line(tmp_path, arguments, says):
    url = f"sqlite:///{tmp_path}/aldea.db"
    done = aldea(*arguments, ALDEA_DATABASE_URL=url)

    assert done.returncode == 1
    assert says in done.stderr.lower() or says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_missing_database_is_explained(tmp_path):
    done = aldea("orgs", "list", "--local", "--data", str(tmp_path))

    assert done.returncode == 1
    assert "aldea up" in done.stderr


def test_invalid_database_is_one_line(tmp_path):
    """
    With the reason.
    """
    (tmp_path / "aldea.db").write_text("nothing of the kind" * 10)
    for arguments in (
        ["orgs", "list", "--local"],
        ["up", *PORTS],
    ):
        done = aldea(*arguments, "--data", str(tmp_path))

        assert done.returncode == 1
        assert done.stderr.endswith("The database is unavailable: file is not a database\n")


class TestHelp:
    @pytest.mark.parametrize(
        "command",
        [
            [],
            ["up"],
            ["transcribe"],
            ["listen"],
            ["serve"],
            ["settings"],
            ["orgs"],
            ["orgs", "create"],
            ["keys"],
            ["keys", "rotate"],
        ],
    )
    def test_every_command_explains_itself(self, command):
        """
        With an example where there is something to get wrong.
        """
        done = aldea(*command, "--help")

        assert done.returncode == 0
        assert "Usage: aldea" in done.stdout
        if command and command[0] != "settings" and command not in (["orgs"], ["keys"]):
            assert "Example" in done.stdout

    def test_help_lists_every_setting(self):
        """
        Every variable is in the table, with all about it on its line.
        """
        shown = aldea("settings").stdout.splitlines()

        names = [line.split()[0] for line in shown[1:]]
        assert "ALDEA_STRIPE_WEBHOOK_SECRET" in names
        assert all(name.startswith("ALDEA_") for name in names)

    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_completion_for_each_shell(self, shell):
        done = aldea(f"--show-completion={shell}")
        if done.returncode:
            done = aldea("--show-completion", shell)

        assert done.returncode == 0
        assert "aldea" in done.stdout

    def test_unknown_command_is_one_line(self):
        """
        With a hint.
        """
        done = aldea("transcibe")

        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        assert "--help" in done.stderr


def test_data_folder_is_private(tmp_path):
    """
    With any umask.
    """
    before = os.umask(0o022)
    try:
        data = tmp_path / "data"
        for name in ("", "letters", "spool"):
            (data / name).mkdir()
        with aldea_up(data, ALDEA_BUNDLED_ENGINE="memory") as up:
            request = urllib.request.Request(
                f"{up.more['backend']}/v1/password-reset",
                json.dumps({"email": up.more["email"]}).encode(),
                {"Content-Type": "application/json"},
            )
            urllib.request.urlopen(request, timeout=60).close()
            while not list(data.glob("letters/*.txt")):
                time.sleep(0.01)
            seen = open_to_others(data)
            kept = {path.name for path in data.iterdir()}
    finally:
        os.umask(before)

    # A folder in a private one that nothing was put into.
    assert seen - {"spool"} == set()
    assert [name for name in kept if not any(PurePath(name).match(one) for one in OURS)] == []
