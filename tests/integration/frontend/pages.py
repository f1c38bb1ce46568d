"""Every page of the dashboard, and an organisation in which each has something to show."""

import json
import threading
import time
import urllib.request

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import quote, urlsplit

from tests.servers.up import ROOT, Up


def pages_of(running: Up) -> list[tuple[str, str, bool]]:
    """Name, path, and whether a person is signed in. Those before sign-in come first."""
    org = f"/o/{running.org_id}"
    keys = call(running, "GET", f"/v1/orgs/{running.org_id}/keys")["items"]
    key = f"{org}/keys/{keys[0]['id']}"
    return [
        ("sign-in", "/sign-in", False),
        ("sign-up", "/sign-up", False),
        ("forgotten", "/forgotten", False),
        ("reset", "/reset-password", False),
        ("confirm", "/confirm", False),
        ("invitation", "/invitation", False),
        ("confirm-again", "/confirm/again", False),
        ("confirm-email", "/confirm-email", False),
        ("not-found", "/nowhere", False),
        ("overview", f"{org}/", True),
        ("keys", f"{org}/keys", True),
        ("keys-ended", f"{org}/keys?state=ended", True),
        ("key-new", f"{org}/keys/new", True),
        ("key", key, True),
        ("key-change", f"{key}/change", True),
        ("key-rotate", f"{key}/rotate", True),
        ("playground", f"{org}/playground", True),
        ("usage", f"{org}/usage", True),
        ("webhooks", f"{org}/webhooks", True),
        *_of_webhooks(running, org),
        ("operator-orgs", "/operator/", True),
        ("operator-org", f"/operator/orgs/{running.org_id}", True),
        ("operator-invoices", "/operator/invoices", True),
        ("operator-engines", "/operator/engines", True),
        ("operator-state", "/operator/state", True),
        ("operator-limits", f"/operator/orgs/{running.org_id}/limits", True),
        ("operator-plans", "/operator/plans", True),
        ("operator-sessions", "/operator/sessions", True),
        ("operator-audit", "/operator/audit", True),
        ("billing-profile", f"{org}/billing/profile", True),
        ("billing", f"{org}/billing", True),
        ("team", f"{org}/team", True),
        ("member", f"{org}/team/{call(running, 'GET', '/v1/me')['id']}", True),
        ("audit", f"{org}/audit", True),
        ("audit-filtered", f"{org}/audit?action=key.revoked", True),
        ("settings", f"{org}/settings", True),
        ("org-delete", f"{org}/settings/delete", True),
        ("profile", "/profile", True),
        ("email-change", "/profile/email", True),
        ("account-delete", "/profile/delete", True),
        ("second-factor", "/profile/second-factor", True),
        ("passkeys", "/profile/passkeys", True),
        ("sign-in-company", "/sign-in/company", False),
        ("identity-provider", f"{org}/settings/sign-in", True),
        ("org-new", "/orgs/new", True),
        ("key-revoke", f"{key}/revoke", True),
        *_of_work(running, org),
    ]


def _of_webhooks(running: Up, org: str) -> list[tuple[str, str, bool]]:
    """The deliveries to each endpoint, and the newest of them."""
    pages = []
    endpoints = f"/v1/orgs/{running.org_id}/webhooks"
    for n, endpoint in enumerate(call(running, "GET", endpoints)["items"]):
        (newest, *_) = call(running, "GET", f"{endpoints}/{endpoint['id']}/deliveries")["items"]
        one = f"{org}/webhooks/{endpoint['id']}"
        pages += [
            (f"webhook-{n}", one, True),
            (f"webhook-{n}-delivery", f"{one}/deliveries/{newest['id']}", True),
        ]
    return pages


def _of_work(running: Up, org: str) -> list[tuple[str, str, bool]]:
    """The playground, and what was and is transcribed."""
    requests = call(running, "GET", f"/v1/orgs/{running.org_id}/requests")["items"]
    called_back = [one for one in requests if one["callback_attempts"]]
    return [
        ("playground", f"{org}/playground", True),
        ("playground-file", f"{org}/playground?source=file", True),
        ("playground-address", f"{org}/playground?source=address", True),
        ("live", f"{org}/live", True),
        *(
            (f"docs-{chapter}", f"{org}/docs/{chapter}", True)
            for chapter in ("quick-start", "close-codes", "sdks")
        ),
        ("usage", f"{org}/usage", True),
        ("usage-by-hour", f"{org}/usage?days=7&step=hour&by=kind&measure=requests", True),
        ("usage-nothing", f"{org}/usage?tag=none-such", True),
        ("usage-too-many-hours", f"{org}/usage?since=2026-01-01&step=hour", True),
        ("usage-too-long", f"{org}/usage?since=2006-01-01", True),
        *(("request", f"{org}/usage/{one['id']}", True) for one in requests[:1]),
        *(("request-callback", f"{org}/usage/{one['id']}", True) for one in called_back[:1]),
    ]


def furnish(running: Up) -> None:
    """Keys, requests and people, as an organisation has after a while."""
    keys = f"/v1/orgs/{running.org_id}/keys"
    for name, body in {
        "Dispatch desk": {"tags": ["dispatch", "prod"], "limits": {"concurrent_sessions": 12}},
        "Call archive": {"tags": ["archive"], "scopes": ["usage:write"]},
        "Staging": {"expires_at": "2027-01-20T00:00:00Z", "limits": {"requests_per_minute": 60}},
        "Old laptop": {},
    }.items():
        made = call(running, "POST", keys, {"name": name, **body})
        _send(running, made["key"])
        if name == "Old laptop":
            call(running, "DELETE", f"{keys}/{made['api_key']['id']}")
    for email, role in (("inaki@example.com", "admin"), ("lea@example.com", "member")):
        call(
            running,
            "POST",
            f"/v1/orgs/{running.org_id}/invitations",
            {"email": email, "role": role},
        )
    with _receiver() as receiver:
        _call_back(running, receiver)
    for _ in range(3):
        _send(running, running.key)


def _call_back(running: Up, receiver: str) -> None:
    """A transcript that was called back, a webhook that was delivered, and one that was refused."""
    org = f"/v1/orgs/{running.org_id}"
    _send(running, running.key, f"?callback={quote(receiver, safe='')}")
    _until(lambda: any(it["callback_attempts"] for it in _items(running, f"{org}/requests")))
    for url, name in ((receiver, "Ledger"), (f"{running.more['dashboard']}/nowhere", "Moved")):
        wanted = {"url": url, "description": name}
        made = call(running, "POST", f"{org}/webhooks", wanted)
        endpoint = f"{org}/webhooks/{made['endpoint']['id']}"
        call(running, "POST", f"{endpoint}/test")
        deliveries = f"{endpoint}/deliveries"
        _until(lambda path=deliveries: any(it["attempts"] for it in _items(running, path)))


def _items(running: Up, path: str) -> list[dict]:
    return call(running, "GET", path)["items"]


def _until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@contextmanager
def _receiver() -> Iterator[str]:
    """Takes whatever is sent to it."""

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Taking) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/hooks"
        finally:
            server.shutdown()
            thread.join()


def _send(running: Up, key: str, query: str = "") -> None:
    audio = (ROOT / "samples/hello.wav").read_bytes()
    headers = {"Authorization": f"Token {key}"}
    request = urllib.request.Request(f"{running.url}/v1/listen{query}", audio, headers)
    urllib.request.urlopen(request, timeout=60).read()


def call(running: Up, method: str, path: str, body: object = None, *, etag: str = ""):
    """The backend's answer to the first owner."""
    with _answer(running, method, path, body, etag) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def change(running: Up, method: str, path: str, body: object):
    """The backend's answer to a change of the version that is there."""
    with _answer(running, "GET", path, None, "") as answer:
        etag = answer.headers["ETag"]
    return call(running, method, path, body, etag=etag)


def _answer(running: Up, method: str, path: str, body: object, etag: str):
    sent = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {_token(running)}", "Content-Type": "application/json"}
    headers |= {"If-Match": etag} if etag else {}
    request = urllib.request.Request(running.more["backend"] + path, sent, headers, method=method)
    return urllib.request.urlopen(request, timeout=60)


_TOKENS: dict[str, str] = {}


def _token(running: Up) -> str:
    backend = running.more["backend"]
    if backend not in _TOKENS:
        credentials = {"email": running.more["email"], "password": running.more["password"]}
        request = urllib.request.Request(
            f"{backend}/v1/sign-in",
            json.dumps(credentials).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            _TOKENS[backend] = json.loads(answer.read())["token"]
    return _TOKENS[backend]


def sign_in(page, email: str, password: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Overview").wait_for()


def sign_up(page, email: str, org: str) -> str:
    """A person who makes an account and an org; returns the path of the org's overview."""
    page.goto("/sign-up")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Your name").fill(email.partition("@")[0])
    page.get_by_label("Organisation").fill(org)
    page.get_by_label("Password", exact=True).fill("four words of mine")
    page.get_by_role("button", name="Create account").click()
    page.get_by_role("heading", name="Overview").wait_for()
    return urlsplit(page.url).path
