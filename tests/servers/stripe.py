"""
A server that plays Stripe's API, as far as invoices are collected by it.

It does what the documentation says of the calls we make: form-encoded bodies, idempotency keys
(the same key with another body is an error), searches that lag behind, drafts that are finalised
once, and are deleted where others become void, errors in Stripe's shape; and it signs webhooks as
Stripe does.
"""

import hashlib
import hmac
import json
import threading
import time

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import attrs


KEY = "sk_test_hidden"
_NO_EMAIL = (
    "Missing email. In order to create invoices that are sent to the customer, the customer must "
    "have a valid email."
)
WEBHOOK_SECRET = "whsec_hidden"


@attrs.define(slots=False)
class StripeServer:
    """
    Attributes:
        sees: Whether searches find what is there; Stripe's take a minute.
        fails: Statuses to answer the next requests with, before they are looked at.
        drops: How many of the next requests are done, and their answers lost.
        counted: How many invoices were ever made.
    """

    url: str = ""
    customers: dict[str, Any] = attrs.field(factory=dict)
    invoices: dict[str, Any] = attrs.field(factory=dict)
    sees: bool = True
    fails: list[int] = attrs.field(factory=list)
    drops: int = 0
    counted: int = 0
    requests: list[tuple[str, str]] = attrs.field(factory=list)
    _answers: dict[str, tuple[Any, int, Any]] = attrs.field(factory=dict)
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    def answer(self, method: str, target: str, body: str, headers: Any) -> tuple[int, Any]:
        with self._lock:
            path = urlsplit(target).path
            self.requests.append((method, path))
            if headers.get("Authorization") != f"Bearer {KEY}":
                return _error(401, "invalid_request_error", "Invalid API Key provided: sk_****")
            if self.fails:
                return _error(self.fails.pop(0), "api_error", f"It failed with {KEY}.")
            form = _unflat(parse_qsl(body if method == "POST" else urlsplit(target).query))
            key = headers.get("Idempotency-Key")
            if method == "POST" and key in self._answers:
                asked, status, said = self._answers[key]
                if asked != (path, form):
                    return _error(400, "idempotency_error", "The key came with another request.")
                return status, said
            status, said = self._do(method, path.removeprefix("/v1").split("/")[1:], form)
            if method == "POST" and key and status < 500:
                self._answers[key] = ((path, form), status, json.loads(json.dumps(said)))
            return status, said

    def _do(self, method: str, path: list[str], form: Any) -> tuple[int, Any]:
        match method, path:
            case "GET", ["customers" | "invoices" as kind, "search"]:
                wanted = form["query"].split("'")
                everything = (self.customers if kind == "customers" else self.invoices).values()
                found = [
                    one
                    for one in everything
                    if self.sees and one["metadata"].get(wanted[1]) == wanted[3]
                ]
                return 200, {"object": "search_result", "data": found, "has_more": False, "url": ""}
            case "POST", ["customers"]:
                made = {"id": f"cus_{len(self.customers)}", "object": "customer", **form}
                self.customers[made["id"]] = made
                return 200, made
            case "POST", ["customers", customer] if customer in self.customers:
                self.customers[customer] |= form
                return 200, self.customers[customer]
            case "POST", ["invoices"]:
                if form["customer"] not in self.customers:
                    return _error(400, "invalid_request_error", "No such customer")
                # Stripe's own words.
                if not self.customers[form["customer"]].get("email"):
                    return _error(400, "invalid_request_error", _NO_EMAIL)
                self.counted += 1
                made = {"id": f"in_{self.counted}", "object": "invoice", "status": "draft"}
                made |= {**form, "total": 0, "lines": [], "hosted_invoice_url": None}
                self.invoices[made["id"]] = made
                return 200, made
            case "GET", ["invoices", invoice] if invoice in self.invoices:
                return 200, self.invoices[invoice]
            case "DELETE", ["invoices", invoice] if invoice in self.invoices:
                if self.invoices[invoice]["status"] != "draft":
                    return _error(400, "invalid_request_error", "This invoice is finalized.")
                del self.invoices[invoice]
                return 200, {"id": invoice, "object": "invoice", "deleted": True}
            case "POST", ["invoices", invoice, "pay"]:
                paid = form.get("paid_out_of_band") == "true"
                return self._ended(invoice, "paid", paid_out_of_band=paid)
            case "POST", ["invoices", invoice, "void"]:
                return self._ended(invoice, "void")
            case _, ["invoices", invoice, *_] if invoice not in self.invoices:
                return _error(404, "invalid_request_error", f"No such invoice: {invoice}")
            case "POST", ["invoices", invoice, "add_lines"]:
                return self._changed(invoice, form["lines"])
            case "POST", ["invoices", invoice, "finalize"]:
                known = self.invoices[invoice]
                if known["status"] != "draft":
                    return _error(400, "invalid_request_error", "This invoice is finalized.")
                known["status"] = "open" if known["total"] else "paid"
                known["hosted_invoice_url"] = f"https://invoice.example/{invoice}"
                return 200, known
            case _:
                return _error(404, "invalid_request_error", "Unrecognized request URL")

    def _changed(self, invoice: str, lines: Any) -> tuple[int, Any]:
        known = self.invoices[invoice]
        if known["status"] != "draft":
            return _error(400, "invalid_request_error", "This invoice is finalized.")
        added = lines.values() if isinstance(lines, dict) else lines
        known["lines"] += [
            {"amount": int(line["amount"]), "description": line["description"]} for line in added
        ]
        known["total"] = sum(line["amount"] for line in known["lines"])
        return 200, known

    def _ended(self, invoice: str, status: str, **more: Any) -> tuple[int, Any]:
        known = self.invoices[invoice]
        if known["status"] not in {"open", "uncollectible"}:
            return _error(400, "invalid_request_error", f"This invoice is {known['status']}.")
        known |= {"status": status, **more}
        return 200, known

    def copy_of(self, invoice: str) -> Any:
        """Of that invoice of ours."""
        (copy,) = [
            one for one in self.invoices.values() if one["metadata"]["aldea_invoice"] == invoice
        ]
        return copy

    def event(self, kind: str, about: Any, *, is_live: bool = True) -> bytes:
        return json.dumps(
            {
                "id": "evt_1",
                "object": "event",
                "api_version": "2026-01-01",
                "created": 1_780_000_000,
                "livemode": is_live,
                "type": kind,
                "data": {"object": about},
            },
        ).encode()


def signature(body: bytes, *, at: float | None = None, secret: str = WEBHOOK_SECRET) -> str:
    """https://docs.stripe.com/webhooks#verify-manually."""
    moment = int(time.time() if at is None else at)  # noqa: TID251 (Stripe's library looks at it)
    signed = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256)
    return f"t={moment},v1={signed.hexdigest()}"


def _error(status: int, kind: str, message: str) -> tuple[int, Any]:
    return status, {"error": {"type": kind, "message": message}}


def _unflat(pairs: list[tuple[str, str]]) -> Any:
    """`a[b][0]=c` as Stripe reads it."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        place = found
        *way, last = name.replace("]", "").split("[")
        for step in way:
            place = place.setdefault(step, {})
        place[last] = value
    return found


@contextmanager
def stripe_server() -> Iterator[StripeServer]:
    server = StripeServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            status, said = server.answer(self.command, self.path, body, self.headers)
            if server.drops:
                server.drops -= 1
                self.close_connection = True
                return
            text = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.send_header("Request-Id", "req_1")
            self.end_headers()
            self.wfile.write(text)

        def do_GET(self) -> None:
            self._answer()

        def do_DELETE(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        http.daemon_threads = True
        server.url = f"http://127.0.0.1:{http.server_port}"
        threading.Thread(target=http.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            http.shutdown()
