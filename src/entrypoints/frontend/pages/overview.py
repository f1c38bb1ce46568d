"""The first page of an org: the month against its limits, and what came last."""

import asyncio

from typing import Any

from aiohttp import web

from entrypoints.frontend.month_chart import SERIES, month_chart
from entrypoints.frontend.results import result_of
from entrypoints.frontend.routing import Who, show
from entrypoints.frontend.snippets import snippets
from entrypoints.frontend.visit import Visit


_RECENT = 8


async def go_home(visit: Visit) -> web.Response:
    """To the first org of the person; who is in none makes one."""
    return visit.redirect(f"/o/{visit.orgs[0]['id']}/" if visit.orgs else "/orgs/new")


async def show_overview(visit: Visit) -> web.Response:
    backend, path = visit.backend, visit.of_org
    glance, days, requests = await asyncio.gather(
        backend.get(path("/overview")),
        backend.get(path("/usage/groups"), by="day", zone=visit.f.zone.key),
        backend.get(path("/requests"), limit=_RECENT),
    )
    month = glance["this_month"]
    is_first = not month["requests"] and not glance["last_month"]["requests"]
    keys = await _keys(visit) if is_first else []
    return visit.page(
        "overview.html",
        glance=glance,
        month=month,
        currency=month["currency"],
        is_new=not month["requests"],
        is_first=is_first,
        failures=_failures(glance),
        series=SERIES,
        chart=month_chart(visit.f, days["items"]),
        requests=[{**one, "result": result_of(one)} for one in requests["items"]],
        newest_key=max(
            (key for key in keys if key["works"] and not key["last_used_at"]),
            key=lambda key: str(key["created_at"]),
            default=None,
        ),
        has_keys=bool(keys),
        snippets=snippets(visit.site) if is_first else [],
    )


async def count_requests(visit: Visit) -> web.Response:
    """Asked by the page of the first steps, which notices the first request by itself."""
    found = await visit.backend.get(visit.of_org("/requests"), limit=1)
    return web.json_response({"is_there": bool(found["items"])})


def _failures(glance: Any) -> str:
    """Why requests failed, the most frequent reasons first."""
    reasons = sorted(glance["errors"]["reasons"], key=lambda one: -int(one["count"]))
    refused = sum(one["count"] for one in glance["errors"]["refused"])
    words = [f"{one['count']:,} {one['text'].rstrip('.').lower()}" for one in reasons[:2]]
    if refused:
        words.append(f"{refused:,} refused by limits")
    return ", ".join(words)


async def _keys(visit: Visit) -> list[Any]:
    """Keys for the first steps, as far as the person may see them."""
    if not visit.is_admin:
        return []
    found = await visit.backend.get(visit.of_org("/keys"), order="newest", limit=100)
    return list(found["items"])


ROUTES = (
    show("/", go_home, Who.SIGNED_IN),
    show("/o/{org}/", show_overview),
    show("/o/{org}/first-request", count_requests),
)
