"""Plans, for operators: all that there are, another one, and whether one is offered."""

from typing import Any

from aiohttp import web

from entrypoints.frontend.backend import Refused
from entrypoints.frontend.routing import Who, show, take
from entrypoints.frontend.typed_numbers import minor_units, whole_units
from entrypoints.frontend.visit import Visit


# Of fields by the backend's names.
_NAMES = {"prices[0].a_minute": "live", "prices[1].a_minute": "file", "prices": "live"}
_FIELDS = ("id", "name", "currency", "live", "file", "fee", "included")


async def show_plans(visit: Visit) -> web.Response:
    return await _plans_page(visit, {})


async def add_plan(visit: Visit) -> web.Response:
    typed = {name: visit.form.get(name, "") for name in _FIELDS}
    errors: dict[str, str] = {}
    currency = typed["currency"].upper()
    wanted: dict[str, Any] = {
        "id": typed["id"],
        "name": typed["name"],
        "currency": currency,
        "prices": [{"kind": kind, "a_minute": typed[kind]} for kind in ("live", "file")],
        "included_minutes": _whole(typed["included"] or "0", errors),
    }
    try:
        wanted["monthly_fee"] = minor_units(typed["fee"] or "0", currency)
    except ValueError:
        errors["fee"] = "Must be an amount, as 25 or 25.00."
    if errors:
        return await _plans_page(visit, errors)
    try:
        made = await visit.backend.post("/v1/operator/plans", wanted, once=visit.once)
    except Refused as refused:
        refused.must_be(409, 422)
        return await _plans_page(visit, refused.by_field("id", _NAMES))
    return visit.redirect("/operator/plans", f"The plan {made.document['name']} is offered.")


async def offer(visit: Visit) -> web.Response:
    path = f"/v1/operator/plans/{visit.part('plan')}"
    is_archived = visit.form.get("archive", "") == "yes"
    try:
        await visit.backend.call("PATCH", path, body={"is_archived": is_archived})
    except Refused as refused:
        refused.must_be(409)
        return await _plans_page(visit, {"id": refused.detail})
    done = "no longer offered; who is on it stays on it" if is_archived else "offered again"
    return visit.redirect("/operator/plans", f"The plan is {done}.")


async def _plans_page(visit: Visit, errors: dict[str, str]) -> web.Response:
    found = await visit.backend.get("/v1/operator/plans")
    values = {name: visit.form.get(name, "") for name in _FIELDS}
    return visit.page(
        "operator_plans.html",
        plans=found["items"],
        errors=errors,
        values={**values, "currency": values["currency"] or "USD"},
        once=visit.once or visit.new_once(),
    )


def _whole(text: str, errors: dict[str, str]) -> int:
    try:
        return whole_units(text)
    except ValueError:
        errors["included"] = "Must be a whole number."
        return 0


ROUTES = (
    show("/operator/plans", show_plans, Who.OPERATOR),
    take("/operator/plans", add_plan, Who.OPERATOR),
    take("/operator/plans/{plan}/offer", offer, Who.OPERATOR),
)
