"""
Services start with exactly the variables that task definitions and functions give them.

A misspelt or missing setting, which the service would refuse in the cloud, is refused here. Stores
are real and local; nothing but their addresses is replaced.
"""

import json
import os
import signal
import subprocess
import time

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.local_http import free_port, status_of


ROOT = Path(__file__).parents[2]
ALDEA = ROOT / ".venv" / "bin" / "aldea"
_SECONDS = 240.0
# A secret's place in a template → what stands for its value here.
_MADE_UP = {
    "ALDEA_ENGINE_TOKEN": "engine-token-of-a-test",
    "ALDEA_GRANT_SECRET": "grant-secret-of-a-test-with-32-bytes",
    "ALDEA_FRONTEND_SECRET": "frontend-secret-of-a-test-with-32-bytes",
    "ALDEA_SMTP_URL": "smtp://user:password@127.0.0.1:1",
    "ALDEA_STRIPE_KEY": "sk_test_1",
    "ALDEA_STRIPE_WEBHOOK_SECRET": "whsec_1",
}


def _values(names: list[str], stores: dict[str, Any]) -> dict[str, str]:
    """A value for each variable whose value a template cannot hold."""
    known = {
        **_MADE_UP,
        "ALDEA_DATABASE_URL": stores["database_url"],
        "ALDEA_REDIS_URL": stores["redis_url"],
        "ALDEA_ORG_SYNC_QUEUE_URL": stores["queue_url"],
    }
    return {name: known[name] for name in names}


def _environ(container: dict[str, Any], stores: dict[str, Any], spool: Path) -> dict[str, str]:
    plain = {each["Name"]: each["Value"] for each in container["Environment"]}
    referred = [name for name, value in plain.items() if not isinstance(value, str)]
    secrets = [each["Name"] for each in container.get("Secrets", [])]
    assert set(referred) <= {"ALDEA_ORG_SYNC_QUEUE_URL"}
    environ = {**plain, **_values(referred + secrets, stores)}
    if "ALDEA_SPOOL_DIR" in environ:
        environ["ALDEA_SPOOL_DIR"] = str(spool)
    return environ


@contextmanager
def _served(service: str, environ: dict[str, str], log: Path) -> Iterator[str]:
    port = free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [ALDEA, "serve", service, "--host", "127.0.0.1", "--port", str(port)],
            # ECS gives every container its agent's address.
            env={"PATH": os.environ["PATH"], "ECS_AGENT_URI": "http://127.0.0.1:9", **environ},
            stdout=output,
            stderr=output,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        last = time.monotonic() + _SECONDS
        while status_of(f"{url}/readyz") != 200:
            assert process.poll() is None, log.read_text()[-3000:]
            assert time.monotonic() < last, log.read_text()[-3000:]
            time.sleep(0.1)
        yield url
    finally:
        # Twice: the second ends the drain.
        for _ in range(2):
            process.send_signal(signal.SIGTERM)
            time.sleep(0.2)
        process.wait(60)


def _container(environment: Any, service: str) -> dict[str, Any]:
    return next(
        container
        for definition in environment.task_definitions().values()
        for container in definition["ContainerDefinitions"]
        if container["Name"] == service
    )


@pytest.mark.parametrize("service", ["ws-proxy", "transcribe", "backend", "frontend", "db-sync"])
def test_service_starts_with_what_its_task_definition_gives(
    production: Any, stores: dict[str, Any], tmp_path: Path, service: str
) -> None:
    environ = _environ(_container(production, service), stores, tmp_path / "spool")
    credentials = stores["credentials"] if service == "db-sync" else {}
    with _served(service, {**environ, **credentials}, tmp_path / "log") as url:
        assert status_of(f"{url}/healthz") == 200
        assert status_of(f"{url}/metrics") == 200


@pytest.mark.parametrize("name", ["dev", "staging", "production"])
def test_settings_of_every_environment_are_read(
    all_synthesised: Any, stores: dict[str, Any], tmp_path: Path, name: str
) -> None:
    """Those of each container and function, by the code that reads them in the cloud."""
    environment = all_synthesised[name]
    found = [
        _environ(container, stores, tmp_path)
        for definition in environment.task_definitions().values()
        for container in definition["ContainerDefinitions"]
        if container["Name"] in {"ws-proxy", "transcribe", "backend", "frontend", "db-sync"}
    ]
    found += [
        {
            key: value
            if isinstance(value, str) and "{{" not in value
            else _values([key], stores)[key]
            for key, value in variables.items()
        }
        for function in environment.resources("AWS::Lambda::Function").values()
        if "ALDEA_ENV" in (variables := function.get("Environment", {}).get("Variables", {}))
    ]
    assert len(found) >= 6
    read = "import json, sys; from entrypoints.settings import Settings\n"
    read += "for each in json.load(sys.stdin): print(Settings.read(each).env.value)"
    done = subprocess.run(
        [ROOT / ".venv/bin/python", "-c", read],
        input=json.dumps(found),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert set(done.stdout.split()) == {name}


def test_variable_that_is_no_setting_is_refused(
    production: Any, stores: dict[str, Any], tmp_path: Path
) -> None:
    """So that the tests above can fail."""
    environ = _environ(_container(production, "backend"), stores, tmp_path)
    environ["ALDEA_DATABASE_URI"] = environ.pop("ALDEA_DATABASE_URL")
    done = subprocess.run(
        [ALDEA, "serve", "backend", "--port", "0"],
        env={"PATH": os.environ["PATH"], **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "ALDEA_DATABASE_URI is not a setting" in done.stderr
