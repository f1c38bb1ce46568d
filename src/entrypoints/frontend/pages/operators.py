"""For operators of the platform: organisations, suspending them, invoices and engines."""

import asyncio

from urllib.parse import quote, urlencode

from aiohttp import web

from entrypoints.frontend.backend import Refused
from entrypoints.frontend.routing import Who, show, take
from entrypoints.frontend.visit import Visit


# Of the platform's state: name, what it is, unit.
_MEASURED = (
    ("outbox_changes", "Changes that are not relayed", ""),
    ("outbox_age_seconds", "The oldest of them has waited", "s"),
    ("sync_lag_seconds", "Until gateways knew the last change", "s"),
    ("drifted_orgs", "Organisations that differed at the last sweep", ""),
    ("unbilled_seconds", "Audio of past months on no invoice", "s"),
    ("emails_waiting", "Emails that wait", ""),
    ("emails_age_seconds", "The oldest of them has waited", "s"),
    ("emails_failed", "Emails given up in 30 days", ""),
)


async def show_orgs(visit: Visit) -> web.Response:
    chosen = {name: visit.query.get(name, "").strip() for name in ("search", "status")}
    try:
        found = await visit.backend.get(
            "/v1/operator/orgs", **chosen, cursor=visit.query.get("cursor"), limit=50
        )
        error = ""
    except Refused as refused:
        if refused.status != 422:
            raise
        found = {"items": [], "next": None}
        error = next(iter(refused.fields.values()), refused.detail)
    kept = {name: value for name, value in chosen.items() if value}
    following = f"?{urlencode({**kept, 'cursor': found['next']})}" if found["next"] else ""
    return visit.page(
        "operator_orgs.html", orgs=found["items"], following=following, chosen=chosen, error=error
    )


async def show_org(visit: Visit) -> web.Response:
    return await _org_page(visit)


async def suspend(visit: Visit) -> web.Response:
    """Suspends an active org, for a reason that its members see; lifts a suspension."""
    status = visit.form.get("status", "")
    reason = visit.form.get("reason", "")
    if status == "suspended" and not reason:
        return await _org_page(
            visit, {"reason": "The members of the organisation see it: give one."}
        )
    path = _path(visit)
    seen = await visit.backend.call("GET", path)
    try:
        await visit.backend.change(
            "PATCH", path, {"status": status, "reason": reason}, etag=seen.etag
        )
    except Refused as refused:
        if refused.status != 422:
            raise
        return await _org_page(visit, refused.fields or {"reason": refused.detail})
    name = seen.document["name"]
    said = {
        "suspended": f"“{name}” is suspended. Its requests are refused, its open streams end "
        "within 5 seconds.",
        "active": f"“{name}” is active again.",
    }
    return visit.redirect(f"/operator/orgs/{_id(visit)}", said.get(status, ""))


async def show_invoices(visit: Visit) -> web.Response:
    found = await visit.backend.get(
        "/v1/operator/invoices",
        status=visit.query.get("status"),
        cursor=visit.query.get("cursor"),
    )
    kept = {"status": status} if (status := visit.query.get("status", "")) else {}
    following = f"?{urlencode({**kept, 'cursor': found['next']})}" if found["next"] else ""
    return visit.page(
        "operator_invoices.html", items=found["items"], following=following, chosen=status
    )


async def show_engines(visit: Visit) -> web.Response:
    found = await visit.backend.get("/v1/operator/engines")
    return visit.page("operator_engines.html", engines=found["items"])


async def show_state(visit: Visit) -> web.Response:
    state = await visit.backend.get("/v1/operator/state")
    rows = [(title, unit, state[name]) for name, title, unit in _MEASURED]
    return visit.page("operator_state.html", rows=rows)


async def _org_page(visit: Visit, errors: dict[str, str] | None = None) -> web.Response:
    path = _path(visit)
    org, audit = await asyncio.gather(
        visit.backend.get(path), visit.backend.get(f"{path}/audit", limit=10)
    )
    return visit.page(
        "operator_org.html",
        status=422 if errors else 200,
        org=org,
        entries=audit["items"],
        errors=errors or {},
        reason=visit.form.get("reason", ""),
    )


def _path(visit: Visit) -> str:
    return f"/v1/operator/orgs/{_id(visit)}"


def _id(visit: Visit) -> str:
    return quote(visit.path["id"], safe="")


ROUTES = (
    show("/operator/", show_orgs, Who.OPERATOR),
    show("/operator/orgs/{id}", show_org, Who.OPERATOR),
    take("/operator/orgs/{id}/status", suspend, Who.OPERATOR),
    show("/operator/invoices", show_invoices, Who.OPERATOR),
    show("/operator/engines", show_engines, Who.OPERATOR),
    show("/operator/state", show_state, Who.OPERATOR),
)
