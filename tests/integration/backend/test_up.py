"""The backend of `aldea up`, on a port of its own beside the gateway."""

import json
import time
import urllib.error
import urllib.request

from pathlib import Path


ROOT = Path(__file__).parents[3]


def call(url: str, method: str = "GET", body=None, credential: str = "", media="application/json"):
    """Status and JSON; *body* may be bytes."""
    data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {credential}", "Content-Type": media}
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text else None
    except urllib.error.HTTPError as refused:
        return refused.code, json.loads(refused.read())


def transcribe(up, key: str) -> int:
    audio = (ROOT / "samples/hello.wav").read_bytes()
    return call(f"{up.url}/v1/listen", "POST", audio, key, "audio/wav")[0]


def test_key_made_there_works_at_the_gateway(up):
    """
    Until it is revoked there; within seconds each way.
    """
    backend = up.more["backend"]
    credentials = {"email": up.more["email"], "password": up.more["password"]}
    _, signed_in = call(f"{backend}/v1/sign-in", "POST", credentials)
    assert signed_in["user"]["is_operator"]
    keys = f"{backend}/v1/orgs/{up.org_id}/keys"
    status, made = call(keys, "POST", {"name": "laptop"}, signed_in["token"])
    assert status == 201
    deadline = time.monotonic() + 20
    while (status := transcribe(up, made["key"])) == 401 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert status == 200

    one = f"{keys}/{made['api_key']['id']}"
    assert call(one, "DELETE", credential=signed_in["token"]) == (204, None)
    while (status := transcribe(up, made["key"])) == 200 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert status == 401


def test_emails_are_private_files(up):
    """
    In the data directory.
    """
    backend = up.more["backend"]
    status, _ = call(f"{backend}/v1/password-reset", "POST", {"email": up.more["email"]})
    assert status == 202

    deadline = time.monotonic() + 60
    while not (found := _emails_of(up, "/reset-password#rst_")) and time.monotonic() < deadline:
        time.sleep(0.1)
    (email,) = found
    assert email.stat().st_mode & 0o077 == 0


def _emails_of(up, text: str) -> list[Path]:
    """Those that have *text*: other tests of this process have others sent."""
    return [it for it in (up.data / "letters").glob("*.txt") if text in it.read_text()]


def test_public_addresses_are_those_that_answer(up):
    """
    Without a sign-in.
    """
    backend = up.more["backend"]
    status, shown = call(f"{backend}/v1/platform")

    assert status == 200
    assert (shown["api_url"], shown["backend_url"]) == (up.url, backend)
