"""Usage of an org: added up over time, request by request, and one request with its reason."""

import asyncio

from datetime import timedelta
from typing import Any
from urllib.parse import quote

from aiohttp import hdrs, web

from entrypoints.frontend.backend import Refused
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


async def show_usage(visit: Visit) -> web.Response:
    filters = Filters.of(visit.query)
    here = visit.f.now.astimezone(visit.f.zone)
    zone = visit.f.zone.key
    query = filters.query(here, zone)
    since, until = filters.range(here.date())
    backend, groups = visit.backend, visit.of_org("/usage/groups")
    period = Filters.period(since, until, zone)
    wrong = ""
    try:
        table = await backend.get(groups, by=f"{filters.by},{filters.step}", **query)
    except Refused as refused:
        if refused.status not in {400, 422}:
            raise
        wrong = next(iter(refused.fields.values()), refused.detail)
        table = {"items": [], "totals": None, "cost": None, "currency": ""}
    requests, before, *choices = await asyncio.gather(
        _requests(visit, filters, {} if wrong else query),
        _month_before(visit, filters),
        *(backend.get(groups, by=by, **period) for by in ("key", "model", "tag") if not wrong),
    )
    options = {
        by: [(str(one["name"]), label_of(by, one)) for one in found["items"] if str(one["name"])]
        for by, found in zip(("key", "model", "tag"), choices, strict=False)
    }
    return visit.page(
        "usage.html",
        filters=filters,
        since=since,
        until=until,
        wrong=wrong,
        table=table,
        chart=None
        if wrong
        else chart_of(table, filters, visit.f, steps_of(filters, visit.f, table)),
        before=before,
        month_before=(here.replace(day=1) - timedelta(days=1)),
        requests=requests,
        selects=_selects(filters, options),
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
    found = await visit.backend.get(
        visit.of_org(f"/requests/{quote(visit.path['request'], safe='')}")
    )
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


async def _requests(visit: Visit, filters: Filters, query: dict[str, object]) -> dict[str, Any]:
    if not query:
        return {"items": [], "next": None}
    found = await visit.backend.get(
        visit.of_org("/requests"), limit=_SHOWN, cursor=filters.cursor, **query
    )
    items = [{**one, "result": result_of(one)} for one in found["items"]]
    return {"items": items, "next": found["next"]}


async def _month_before(visit: Visit, filters: Filters) -> Any:
    """The whole month before this one, where this month is shown without filters."""
    if not filters.is_month or filters.narrowing:
        return None
    until = visit.f.now.astimezone(visit.f.zone).date().replace(day=1) - timedelta(days=1)
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
        ("tag", "Tag", of("tag", "All tags"), filters.tag),
        ("result", "Result", list(RESULTS), filters.result),
    ]


ROUTES = (
    show("/o/{org}/usage", show_usage),
    show("/o/{org}/usage.csv", show_csv),
    show("/o/{org}/usage/{request}", show_request),
)
