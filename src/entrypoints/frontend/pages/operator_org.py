"""One organisation, for operators: its state, plan, limits and charges."""

import asyncio

from decimal import Decimal
from typing import Any

import attrs

from aiohttp import web

from entrypoints.frontend.backend import Refused
from entrypoints.frontend.formats import line_words
from entrypoints.frontend.pages.audit import changes_of
from entrypoints.frontend.routing import Who, show, take
from entrypoints.frontend.typed_numbers import whole_units
from entrypoints.frontend.visit import Visit


@attrs.frozen
class Limit:
    """
    A limit as the form asks for it.

    Attributes:
        name: As the backend names it.
        unit: How many of the backend's are one of the form's.
        may_be_none: Whether an empty field means that there is no limit.
    """

    name: str
    label: str
    hint: str = ""
    unit: int = 1
    may_be_none: bool = False


LIMITS = (
    Limit("concurrent_live", "Live streams at once"),
    Limit("concurrent_files", "Files at once"),
    Limit("requests_per_minute", "Requests a minute", "Empty: no limit.", 1, True),
    Limit("request_burst", "Requests that may come at once"),
    Limit("quota_ms", "Minutes of audio a month", "Empty: no limit.", 60_000, True),
    Limit("max_upload_bytes", "Largest file, MB", "", 10**6),
    Limit("max_file_seconds", "Longest file, seconds"),
    Limit("max_live_seconds", "Longest live stream, seconds"),
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
        refused.must_be(422)
        return await _org_page(visit, refused.by_field("reason"))
    name = seen.document["name"]
    said = {
        "suspended": f"“{name}” is suspended. Its requests are refused, its open streams end "
        "within 5 seconds.",
        "active": f"“{name}” is active again.",
    }
    return visit.redirect(_page(visit), said.get(status, ""))


async def change_plan(visit: Visit) -> web.Response:
    wanted = {"plan": visit.form.get("plan", "")}
    try:
        made = await visit.backend.call("PUT", f"{_path(visit)}/plan", body=wanted)
    except Refused as refused:
        refused.must_be(409, 422)
        return await _org_page(visit, {"plan": refused.detail})
    said = f"The plan is {made.document['name']} now, for the whole running month."
    return visit.redirect(_page(visit), said)


async def show_limits(visit: Visit) -> web.Response:
    seen = await visit.backend.call("GET", f"{_path(visit)}/limits")
    values = {limit.name: _text(seen.document[limit.name], limit.unit) for limit in LIMITS}
    return await _limits_page(visit, values, {}, seen.etag)


async def set_limits(visit: Visit) -> web.Response:
    values = {limit.name: visit.form.get(limit.name, "") for limit in LIMITS}
    errors: dict[str, str] = {}
    wanted = {limit.name: _number(values[limit.name], limit, errors) for limit in LIMITS}
    if errors:
        return await _limits_page(visit, values, errors, visit.version)
    path = f"{_path(visit)}/limits"
    try:
        await visit.backend.change("PUT", path, wanted, etag=visit.version)
    except Refused as refused:
        refused.must_be(422)
        found = refused.fields or {LIMITS[0].name: refused.detail}
        return await _limits_page(visit, values, found, visit.version)
    return visit.redirect(_page(visit), "The limits are set. Gateways know them within seconds.")


async def reset_limits(visit: Visit) -> web.Response:
    path = f"{_path(visit)}/limits"
    seen = await visit.backend.call("GET", path)
    await visit.backend.call("DELETE", path, headers={"If-Match": seen.etag})
    return visit.redirect(_page(visit), "The limits are the plan's again, also when it changes.")


async def _org_page(visit: Visit, errors: dict[str, str] | None = None) -> web.Response:
    path = _path(visit)
    org, audit, charges, plans = await asyncio.gather(
        visit.backend.get(path),
        visit.backend.get(f"{path}/audit", limit=10),
        visit.backend.get(f"{path}/charges"),
        visit.backend.get("/v1/operator/plans"),
    )
    return visit.page(
        "operator_org.html",
        org=org,
        entries=[{**entry, "changes": changes_of(entry)} for entry in audit["items"]],
        charges=charges,
        line_words=line_words,
        plans=_offered(plans["items"], org["id"], charges["plan"]["id"]),
        errors=errors or {},
        reason=visit.form.get("reason", ""),
    )


def _offered(plans: list[Any], org: str, now: str) -> list[tuple[str, str]]:
    """Plans to choose from: those offered to *org*, and the one that it is on."""
    return [
        (plan["id"], plan["name"])
        for plan in plans
        if plan["id"] == now or (not plan["archived_at"] and plan["org_id"] in {None, org})
    ]


async def _limits_page(
    visit: Visit, values: dict[str, str], errors: dict[str, str], version: str
) -> web.Response:
    return visit.page(
        "operator_limits.html",
        org=await visit.backend.get(_path(visit)),
        limits=LIMITS,
        labels={limit.name: limit.label for limit in LIMITS},
        values=values,
        errors=errors,
        version=version,
    )


def _text(number: int | None, unit: int) -> str:
    """*number* as the form shows it; empty for none."""
    return "" if number is None else f"{(Decimal(number) / unit).normalize():f}"


def _number(text: str, limit: Limit, errors: dict[str, str]) -> int | None:
    if not text and limit.may_be_none:
        return None
    try:
        return whole_units(text, limit.unit)
    except ValueError:
        errors[limit.name] = "Must be a number, 0 or more."
        return None


def _path(visit: Visit) -> str:
    return f"/v1/operator/orgs/{visit.part('id')}"


def _page(visit: Visit) -> str:
    return f"/operator/orgs/{visit.part('id')}"


_ONE = "/operator/orgs/{id}"
ROUTES = (
    show(_ONE, show_org, Who.OPERATOR),
    take(_ONE + "/status", suspend, Who.OPERATOR),
    take(_ONE + "/plan", change_plan, Who.OPERATOR),
    show(_ONE + "/limits", show_limits, Who.OPERATOR),
    take(_ONE + "/limits", set_limits, Who.OPERATOR),
    take(_ONE + "/limits/reset", reset_limits, Who.OPERATOR),
)
