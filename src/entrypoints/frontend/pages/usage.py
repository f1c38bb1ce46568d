"""Usage of an org: added up over time, request by request, and one request with its reason."""

import asyncio

from datetime import timedelta
from typing import Any
from urllib.parse import quote

from aiohttp import hdrs, web

from entrypoints.frontend.backend import Refused
from entrypoints.frontend.refusals import refusals_in_words
from entrypoints.frontend.results import result_of
from entrypoints.frontend.routing import show
from entrypoints.frontend.snippets import live_snippets, snippets
from entrypoints.frontend.usage_chart import chart_of, label_of, steps_of
from entrypoints.frontend.usage_filters import (
    KINDS,
    MEASURES,
    PERIODS,
    RESULTS,
    SPLITS,
    STEPS,
    Filters,
)
from entrypoints.frontend.visit import Visit


_SHOWN = 25
_NOTHING: dict[str, Any] = {"items": [], "totals": None, "cost": None, "currency": "", "next": None}


async def show_usage(visit: Visit) -> web.Response:
    asked = Filters.of(visit.query)
    here = visit.f.now.astimezone(visit.f.zone)
    filters = asked.shown(here.date())
    query = filters.query(here, visit.f.zone.key)
    since, until = filters.range(here.date())
    (table, wrong), before, requests, choices, refusals = await asyncio.gather(
        _table(visit, filters, query),
        _month_before(visit, filters),
        _requests(visit, filters, query),
        _choices(visit, filters),
        _refusals(visit, filters),
    )
    return visit.page(
        "usage.html",
        filters=filters,
        since=since,
        until=until,
        wrong=wrong,
        has_too_many_hours=filters.step != asked.step,
        table=table,
        chart=None
        if wrong
        else chart_of(table, filters, visit.f, steps_of(filters, visit.f, table)),
        before=before,
        month_before=(here.replace(day=1) - timedelta(days=1)),
        requests=requests,
        refused=refusals_in_words(refusals["items"], filters.key),
        selects=_selects(filters, choices),
        tags=_tags(filters, table, requests),
        periods=[
            *(
                (filters.link(days=days, since="", until=""), name, filters.days == days)
                for days, name in PERIODS.items()
            ),
            (
                filters.link(days="", since="", until=""),
                visit.f.month_name(here),
                filters.is_month,
            ),
        ],
        measures=[
            (filters.link(measure=value), name, filters.measure == value)
            for value, name in MEASURES
        ],
        splits=SPLITS,
        steps=STEPS,
    )


async def show_csv(visit: Visit) -> web.StreamResponse:
    """The requests that the filters leave, as the backend streams them."""
    here = visit.f.now.astimezone(visit.f.zone)
    query = Filters.of(visit.query).query(here, visit.f.zone.key)
    async with visit.backend.streamed("GET", visit.of_org("/usage/csv"), query=query) as answer:
        response = web.StreamResponse(
            headers={
                hdrs.CONTENT_TYPE: "text/csv; charset=utf-8",
                hdrs.CONTENT_DISPOSITION: answer.headers.get(
                    hdrs.CONTENT_DISPOSITION, "attachment; filename=usage.csv"
                ),
            }
        )
        await response.prepare(visit.request)
        async for part in answer.content.iter_any():
            await response.write(part)
    return response


async def show_request(visit: Visit) -> web.Response:
    found = await visit.backend.get(visit.of_org(f"/requests/{visit.part('request')}"))
    around = await visit.backend.get(visit.of_org("/requests"), key_id=found["key_id"], limit=8)
    query = f"model={quote(found['model'])}&" if found["model"] else ""
    query += f"language={quote(found['language'])}" if found["language"] else ""
    make = live_snippets if found["kind"] == "live" else snippets
    return visit.page(
        "request.html",
        request=found,
        result=result_of(found),
        snippets=make(visit.site, query.rstrip("&")),
        same_key=[
            {**one, "result": result_of(one)} for one in around["items"] if one["id"] != found["id"]
        ],
    )


def _tags(filters: Filters, table: Any, requests: Any) -> list[str]:
    """Tags that the filter suggests: those that the page shows anyway. Any other can be typed."""
    shown = {str(tag) for one in requests["items"] for tag in one["tags"]}
    if filters.by == "tag":
        shown |= {str(group["name"]) for group in table["items"]}
    return sorted(shown - {""})


async def _table(
    visit: Visit, filters: Filters, query: dict[str, object]
) -> tuple[dict[str, Any], str]:
    """The split over time; and, if the backend refuses the period, why."""
    by = f"{filters.by},{filters.step}"
    try:
        return await visit.backend.get(visit.of_org("/usage/groups"), by=by, **query), ""
    except Refused as refused:
        refused.must_be(400, 422)
        return _NOTHING, refused.reason


async def _requests(visit: Visit, filters: Filters, query: dict[str, object]) -> dict[str, Any]:
    path = visit.of_org("/requests")
    found = await _if_valid(visit, path, limit=_SHOWN, cursor=filters.cursor, **query)
    items = [{**one, "result": result_of(one)} for one in found["items"]]
    return {"items": items, "next": found["next"]}


async def _choices(visit: Visit, filters: Filters) -> dict[str, list[tuple[str, str]]]:
    """Keys and models of the period, asked for at once: values of filters with their labels."""
    since, until = filters.range(visit.f.today)
    period = Filters.period(since, until, visit.f.zone.key)
    found = await _if_valid(visit, visit.of_org("/usage/groups"), by="key,model", **period)
    models = {one["name"] for key in found["items"] for one in key["groups"]}
    return {
        "key": [(key["name"], label_of("key", key)) for key in found["items"]],
        "model": [(name, name) for name in sorted(models) if name],
    }


async def _refusals(visit: Visit, filters: Filters) -> Any:
    """What limits refused in the period, in days of UTC; it has no kind, model or tag."""
    since, until = filters.range(visit.f.today)
    path = visit.of_org("/usage/refusals")
    return await _if_valid(visit, path, since=since.isoformat(), until=until.isoformat())


async def _if_valid(visit: Visit, path: str, **query: object) -> Any:
    """The list at *path*; an empty one if the backend refuses the filters, as `_table` says then."""
    try:
        return await visit.backend.get(path, **query)
    except Refused as refused:
        if refused.status not in {400, 422} or "cursor" in refused.fields:
            raise
        return _NOTHING


async def _month_before(visit: Visit, filters: Filters) -> Any:
    """The whole month before this one, where this month is shown without filters."""
    if not filters.is_month or filters.narrowing:
        return None
    until = visit.f.today.replace(day=1) - timedelta(days=1)
    period = Filters.period(until.replace(day=1), until, visit.f.zone.key)
    return await visit.backend.get(visit.of_org("/usage/groups"), by="kind", **period)


def _selects(
    filters: Filters, options: dict[str, list[tuple[str, str]]]
) -> list[tuple[str, str, list[tuple[str, str]], str]]:
    """Name, label, options and value of each filter. A value that is gone stays an option."""

    def of(name: str, everything: str) -> list[tuple[str, str]]:
        found = options.get(name, [])
        value = filters[name]
        gone = [(value, value)] if value and value not in dict(found) else []
        return [("", everything), *found, *gone]

    return [
        ("key", "Key", of("key", "All keys"), filters.key),
        ("kind", "Kind", list(KINDS), filters.kind),
        ("model", "Model", of("model", "All models"), filters.model),
        ("result", "Result", list(RESULTS), filters.result),
    ]


ROUTES = (
    show("/o/{org}/usage", show_usage),
    show("/o/{org}/usage.csv", show_csv),
    show("/o/{org}/usage/{request}", show_request),
)
