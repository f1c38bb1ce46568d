"""
The document against the service, both as they are: a process of its own, on a real PostgreSQL.

Schemathesis makes up requests from the document, good ones and bad ones, and finds whatever is
answered otherwise than documented.
"""

import asyncio
import json
import subprocess
import sys
import urllib.request

from pathlib import Path

import attrs
import pytest

from tests.integration.backend.world import billed
from tests.servers.services import serving

from entrypoints.containers.services import Services
from entrypoints.settings import Settings


_SCHEMATHESIS = str(Path(sys.executable).parent / "st")
ANN = {"email": "ann@example.com", "password": "correct horse battery"}
# Signing out is asked for too, so it signs in anew when it has to.
_CONFIG = """
[parameters]
"header.If-Match" = "*"
{ids}

[auth.dynamic.openapi.bearer]
path = "/v1/sign-in"
payload = {{ email = "{email}", password = "{password}" }}
extract_selector = "/token"

[checks.missing_required_header]
expected-statuses = [428]
"""
_STREAMS = "/events$"  # without an end
# A test of half of the operations each, so that neither comes near its time limit on a busy machine.
_PARTS = {
    "orgs": ("--include-path-regex=^/v1/orgs/", f"--exclude-path-regex={_STREAMS}"),
    "others": (f"--exclude-path-regex=^/v1/orgs/|{_STREAMS}",),
}
_SETTINGS = {
    "ALDEA_CONFIRM_ADDRESSES": "false",
    "ALDEA_ATTEMPTS_FACTOR": "100000",
    "ALDEA_LOG_LEVEL": "error",
}


def call(url: str, method: str, path: str, body=None, token: str = ""):
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    request = urllib.request.Request(
        url + path, json.dumps(body).encode() if body else None, headers, method=method
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        text = answer.read()
    return json.loads(text) if text else None


async def make_operator(database_url: str, email: str) -> dict[str, str]:
    """Makes an operator of a user, and an invoice for their org."""
    services = Services(Settings(database_url=database_url))
    users = services.people.users()
    user = await users.of_email(email)
    await users.put(attrs.evolve(user, is_operator=True))
    (mine,) = await services.people.members().of_user(user.id)
    made = await billed(services, mine.org, months_ago=1)
    await services.close()
    return {"invoice": made.id, "request": f"{mine.org}-1", "plan": "standard"}


def people(url: str, database_url: str) -> dict[str, str]:
    """The ids of an operator who owns an org, and of what is in it."""
    call(url, "POST", "/v1/sign-up", {**ANN, "name": "Ann"})
    ids = asyncio.run(make_operator(database_url, ANN["email"]))
    signed_in = call(url, "POST", "/v1/sign-in", ANN)
    token = signed_in["token"]
    org = call(url, "GET", "/v1/orgs", token=token)["items"][0]["id"]
    key = call(url, "POST", f"/v1/orgs/{org}/keys", {"name": "k"}, token)["api_key"]["id"]
    invited = call(url, "POST", f"/v1/orgs/{org}/invitations", {"email": "bob@example.com"}, token)[
        "id"
    ]
    member = signed_in["user"]["id"]
    return {**ids, "org": org, "key": key, "member": member, "invitation": invited}


def schemathesis(url: str, folder: Path, known: dict[str, str], *options: str):
    """What it printed, and whether it found anything."""
    ids = "\n".join(f'"path.{name}" = "{value}"' for name, value in known.items())
    config = folder / "schemathesis.toml"
    config.write_text(_CONFIG.format(ids=ids, **ANN))
    return subprocess.run(
        [
            _SCHEMATHESIS,
            "--config-file",
            str(config),
            "run",
            f"{url}/openapi.json",
            # Tokens and cursors look right more often than they are.
            "--exclude-checks=positive_data_acceptance",
            "--exclude-operation-id=delete_whole_org",  # what all others are about
            "--generation-deterministic",
            "--suppress-health-check=all",
            "--request-timeout=30",
            "--no-color",
            "--continue-on-failure",
            *options,
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", _PARTS.values(), ids=_PARTS)
def test_every_response_is_as_documented(postgres_url, tmp_path, part):
    """
    No 5xx, and no status, media type or body that the document lacks.
    """
    with serving("backend", ALDEA_DATABASE_URL=postgres_url, **_SETTINGS) as service:
        known = people(service.url, postgres_url)
        run = schemathesis(
            service.url, tmp_path, known, *part, "--phases=examples,coverage,fuzzing", "-n", "2"
        )
    print(run.stdout)
    assert run.returncode == 0, run.stdout + run.stderr
