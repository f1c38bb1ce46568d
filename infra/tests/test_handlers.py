"""Code of functions that are not Aldea's own, against moto and a local server."""

import importlib.util
import json
import threading

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest

from moto import mock_aws


_FUNCTIONS = Path(__file__).parents[1] / "functions"


def _load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(
        f"{name}_handler", _FUNCTIONS / name / "handler.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


canary, rotation = _load("canary"), _load("rotation")


class _Api(BaseHTTPRequestHandler):
    """Answers as told, and remembers what came."""

    status, answer = 200, b""
    seen: dict[str, Any]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).seen = {"path": self.path, "auth": self.headers["Authorization"], "body": body}
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


@pytest.fixture
def api() -> Iterator[tuple[str, type[_Api]]]:
    handler = type("Api", (_Api,), {})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", handler
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_canary_succeeds_when_the_words_come(api: Any) -> None:
    url, handler = api
    handler.answer = json.dumps({"text": "Hello world"}).encode()
    outcome = canary.check(url, "org_key", ["hello", "world"])
    assert outcome["success"] is True
    assert handler.seen["path"] == "/v1/listen"
    assert handler.seen["auth"] == "Token org_key"
    assert handler.seen["body"].startswith(b"RIFF")


@pytest.mark.parametrize(
    ("status", "answer", "reason"),
    [
        (503, b"{}", "status 503"),
        (200, b'{"text": "hello"}', "missing words: world"),
        (200, b"<html>", "JSONDecodeError"),
        (200, b"{}", "KeyError"),
    ],
)
def test_canary_fails_with_the_reason(api: Any, status: int, answer: bytes, reason: str) -> None:
    url, handler = api
    handler.status, handler.answer = status, answer
    outcome = canary.check(url, "org_key", ["hello", "world"])
    assert (outcome["success"], outcome["reason"]) == (False, reason)
    line = canary.metrics(outcome, 1.0)
    assert (line["TranscriptionSuccess"], line["TranscriptionErrors"]) == (0, 1)


def test_recordings_are_the_sample() -> None:
    """And the words that the canary expects are said in it."""
    from aldea_infra.functions import EXPECTED

    root = Path(__file__).parents[2]
    sample = (root / "samples/hello.wav").read_bytes()
    assert (_FUNCTIONS / "canary/hello.wav").read_bytes() == sample
    assert (root / "src/entrypoints/cli/validation.wav").read_bytes() == sample
    assert set(EXPECTED.split()) <= set((root / "samples/hello.txt").read_text().split())


def test_canary_fails_when_nobody_answers() -> None:
    assert canary.check("http://127.0.0.1:1", "k", ["x"])["reason"] == "URLError"


def test_metrics_of_the_canary_are_in_the_embedded_format(api: Any) -> None:
    line = canary.metrics({"success": True, "milliseconds": 12, "reason": ""}, 5.0)
    (metrics,) = line["_aws"]["CloudWatchMetrics"]
    assert metrics["Namespace"] == "Aldea/Canary"
    assert line["_aws"]["Timestamp"] == 5000
    assert {each["Name"] for each in metrics["Metrics"]} <= set(line)


def test_password_is_replaced_and_nothing_else() -> None:
    url = "rediss+cluster://:old@cache.example:6379"
    assert rotation.with_password(url, "new") == "rediss+cluster://:new@cache.example:6379"
    url = "postgresql://aldea:old@db.example:5432/aldea?ssl=require"
    assert (
        rotation.with_password(url, "new")
        == "postgresql://aldea:new@db.example:5432/aldea?ssl=require"
    )


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    with mock_aws():
        yield


def test_rotation_changes_the_database_and_its_address(
    aws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets, rds = boto3.client("secretsmanager"), boto3.client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="dev-ws-proxy",
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        MasterUsername="aldea",
        MasterUserPassword="old-password",
        AllocatedStorage=20,
    )
    secret = secrets.create_secret(
        Name="database", SecretString='{"username": "aldea", "password": "old"}'
    )["ARN"]
    address = secrets.create_secret(
        Name="url", SecretString="postgresql://aldea:old@db:5432/aldea?ssl=require"
    )["ARN"]
    for name, value in {
        "KIND": "database", "TARGET": "dev-ws-proxy", "URL_SECRET": address, "CLUSTER": "c",
        "SERVICES": "", "FUNCTIONS": "", "VARIABLE": "ALDEA_DATABASE_URL",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    token = "11111111-1111-1111-1111-111111111111"
    for step in ("createSecret", "createSecret", "setSecret", "testSecret", "finishSecret"):
        rotation.handler({"SecretId": secret, "ClientRequestToken": token, "Step": step}, None)

    # By its stage: moto's default is the version that was written first.
    found = secrets.get_secret_value(SecretId=secret, VersionStage="AWSCURRENT")
    now = json.loads(found["SecretString"])
    assert now["username"] == "aldea"
    assert len(now["password"]) == 40
    url = secrets.get_secret_value(SecretId=address)["SecretString"]
    assert url == f"postgresql://aldea:{now['password']}@db:5432/aldea?ssl=require"


def test_rotation_refuses_a_step_that_is_none(aws: None) -> None:
    with pytest.raises(ValueError, match="no step"):
        rotation.handler({"SecretId": "s", "ClientRequestToken": "t", "Step": "x"}, None)
