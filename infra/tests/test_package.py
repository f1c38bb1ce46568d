"""The package of Lambda functions holds everything that they import, and works without this machine's packages."""

import json
import os
import subprocess
import sys

from pathlib import Path
from typing import Any

import pytest


_INFRA = Path(__file__).parents[1]
_CALL = """
import json, sys
sys.path.insert(0, sys.argv[1])
from entrypoints.lambdas import org_sync, redis_seeder
print("ANSWER " + json.dumps(org_sync.handler(json.loads(sys.argv[2]), None)))
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package") / "functions"
    subprocess.run([sys.executable, _INFRA / "package_functions.py", folder], check=True)
    return folder


def _handle(package: Path, event: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """In a Python that sees the standard library and the package, and stores that do not answer."""
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", _CALL, package, json.dumps(event)],
        capture_output=True,
        text=True,
        check=False,
        env={
            "PATH": os.environ["PATH"],
            "ALDEA_ENV": "dev",
            "ALDEA_DATABASE_URL": "postgresql://aldea:x@127.0.0.1:1/aldea",
            "ALDEA_REDIS_URL": "redis+cluster://127.0.0.1:1",
        },
    )


def test_message_that_cannot_be_dealt_with_is_reported(package: Path) -> None:
    body = json.dumps({"org_id": "0b0e9b0a-6d1c-4f5e-9d57-3f6f2f7f0c11"})
    done = _handle(package, {"Records": [{"messageId": "m1", "body": body}]})
    assert done.returncode == 0, done.stderr[-3000:]
    assert "ModuleNotFoundError" not in done.stderr
    answer = json.loads(done.stdout.split("ANSWER ")[1])
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}


def test_package_has_nothing_of_gateways_and_no_tools(package: Path) -> None:
    names = {path.name for path in package.iterdir()}
    assert not names & {
        "pip",
        "numpy",
        "av",
        "pocketsphinx",
        "fpdf",
        "stripe",
        "boto3",
        "bin",
        "moto",
    }
