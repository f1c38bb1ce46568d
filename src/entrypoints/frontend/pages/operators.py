"""For operators: all organisations, invoices, engines, open sessions, and how the platform is."""

import asyncio

from collections.abc import Callable
from typing import Any

from aiohttp import web

from entrypoints.frontend.backend import Refused
from entrypoints.frontend.charts import spark
from entrypoints.frontend.formats import Formats
from entrypoints.frontend.links import following
from entrypoints.frontend.open_sessions import open_sessions
from entrypoints.frontend.pages.audit import changes_of
from entrypoints.frontend.pages.billing import passed_on
from entrypoints.frontend.routing import Who, show
from entrypoints.frontend.visit import Visit


_MOST_SESSIONS = 200
_MOST_SENT = 5000  # the most that the backend sends of all organisations
# Of the platform's state: name, what it is. Names that end in _ms are of durations.
_MEASURED = (
    ("outbox_changes", "Changes that are not relayed"),
    ("outbox_age_ms", "The oldest change has waited"),
    ("sync_lag_ms", "Until gateways knew the last change"),
    ("drifted_orgs", "Organisations that differed at the last sweep"),
    ("unbilled_ms", "Audio of past months on no invoice"),
    ("emails_waiting", "Emails that wait"),
    ("emails_age_ms", "The oldest email has waited"),
    ("emails_failed", "Emails given up in 30 days"),
)


async def show_orgs(visit: Visit) -> web.Response:
    chosen = {name: visit.query.get(name, "").strip() for name in ("search", "status")}
    try:
        found = await visit.backend.get(
            "/v1/operator/orgs", **chosen, cursor=visit.query.get("cursor"), limit=50
        )
        error = ""
    except Refused as refused:
        refused.must_be(422)
        found = {"items": [], "next": None}
        error = refused.reason
    return visit.page(
        "operator_orgs.html",
        status=200,
        orgs=found["items"],
        following=following(found["next"], chosen),
        chosen=chosen,
        error=error,
    )


async def show_invoices(visit: Visit) -> web.Response:
    status = visit.query.get("status", "")
    found = await visit.backend.get(
        "/v1/operator/invoices", status=status, cursor=visit.query.get("cursor")
    )
    return visit.page(
        "operator_invoices.html",
        items=found["items"],
        following=following(found["next"], {"status": status}),
        chosen=status,
    )


async def show_invoice(visit: Visit) -> web.Response:
    """Of any organisation, as its owners see it."""
    return await passed_on(visit, f"/v1/operator/invoices/{visit.part('invoice')}/html")


async def show_invoice_pdf(visit: Visit) -> web.Response:
    return await passed_on(visit, f"/v1/operator/invoices/{visit.part('invoice')}/pdf")


async def show_engines(visit: Visit) -> web.Response:
    """How each engine is now, and how it did in the last day."""
    found, history = await asyncio.gather(
        visit.backend.get("/v1/operator/engines"),
        visit.backend.get("/v1/operator/engines/history"),
    )
    periods = {one["name"]: one["periods"] for one in history["items"]}
    rows = [(one, _curves(visit.f, periods.get(one["name"], []))) for one in found["items"]]
    return visit.page("operator_engines.html", engines=rows)


async def show_sessions(visit: Visit) -> web.Response:
    """Sessions that are open now, of all organisations."""
    sessions = await open_sessions(visit.backend, "/v1/operator/sessions/events")
    return visit.page(
        "operator_sessions.html",
        sessions=sessions[:_MOST_SESSIONS],
        number=len(sessions),
        is_all=len(sessions) < _MOST_SENT,
        live=sum(one["kind"] == "live" for one in sessions),
    )


async def show_audit(visit: Visit) -> web.Response:
    found = await visit.backend.get(
        "/v1/operator/audit", cursor=visit.query.get("cursor"), limit=50
    )
    return visit.page(
        "operator_audit.html",
        entries=[{**entry, "changes": changes_of(entry)} for entry in found["items"]],
        first="?" if visit.query.get("cursor") else "",
        following=following(found["next"]),
    )


async def show_state(visit: Visit) -> web.Response:
    state = await visit.backend.get("/v1/operator/state")
    rows = [
        (title, visit.f.duration if name.endswith("_ms") else visit.f.whole, state[name])
        for name, title in _MEASURED
    ]
    return visit.page("operator_state.html", rows=rows)


def _curves(f: Formats, periods: list[Any]) -> list[tuple[str, Any, str]]:
    """Of each measure of an engine its name, its curve over time, and its largest value."""

    def curve(name: str, field: str, shown: Callable[[float], str]) -> tuple[str, Any, str]:
        values = [one[field] or 0 for one in periods]
        is_measured = any(one[field] is not None for one in periods)
        most = shown(max(values, default=0)) if is_measured else "not measured"
        return name, spark(values), most

    return [
        curve("Sessions", "sessions", f.whole),
        curve("Answers, p95", "answer_p95_ms", f.duration),
        curve("Behind", "behind_ms", f.duration),
        curve("Failures", "failures", f.whole),
    ]


ROUTES = (
    show("/operator/", show_orgs, Who.OPERATOR),
    show("/operator/invoices", show_invoices, Who.OPERATOR),
    show("/operator/invoices/{invoice}", show_invoice, Who.OPERATOR),
    show("/operator/invoices/{invoice}/pdf", show_invoice_pdf, Who.OPERATOR),
    show("/operator/engines", show_engines, Who.OPERATOR),
    show("/operator/sessions", show_sessions, Who.OPERATOR),
    show("/operator/audit", show_audit, Who.OPERATOR),
    show("/operator/state", show_state, Who.OPERATOR),
)
