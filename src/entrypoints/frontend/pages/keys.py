"""API keys: the list, and each with what it used."""

import asyncio

from datetime import datetime, time, timedelta
from typing import Any

from aiohttp import web

from entrypoints.frontend.backend import Document, Refused
from entrypoints.frontend.charts import spark
from entrypoints.frontend.key_states import may, state_of
from entrypoints.frontend.links import filtered, following
from entrypoints.frontend.month_chart import SERIES, month_chart
from entrypoints.frontend.refusals import refusals_in_words
from entrypoints.frontend.routing import Who, show
from entrypoints.frontend.visit import Visit


_SPARK_DAYS = 14
_PAGE = 100
_STATES = ("working", "ended", "all")


async def show_keys(visit: Visit) -> web.Response:
    chosen = visit.query.get("state", "working")
    chosen = chosen if chosen in _STATES else "working"
    search = visit.query.get("q", "").strip()
    cursor = visit.query.get("cursor", "")
    page, month, days = await asyncio.gather(
        visit.backend.get(
            visit.of_org("/keys"),
            state=chosen,
            search=search,
            order="newest",
            limit=_PAGE,
            cursor=cursor,
        ),
        visit.backend.get(visit.of_org("/usage/groups"), by="key"),
        _days(visit),
    )
    used = {group["name"]: group for group in month["items"]}
    sparks = {group["name"]: _spark(group) for group in days["items"]}
    rows: list[dict[str, Any]] = [
        {
            "key": key,
            "state": state_of(key, visit.f.now),
            "may": may(key),
            "used": used.get(key["id"]),
        }
        for key in page["items"]
    ]
    shown = {"state": chosen, "q": search}
    return visit.page(
        "keys.html",
        rows=rows,
        newest=filtered(shown) if cursor else "",
        older=following(page["next"], shown),
        chosen=chosen,
        search=search,
        month=month,
        sparks=sparks,
    )


async def show_key(visit: Visit) -> web.Response:
    key, days, requests, refusals = await asyncio.gather(
        visit.backend.get(visit.of_org(f"/keys/{visit.part('key')}")),
        visit.backend.get(
            visit.of_org("/usage/groups"),
            by="day",
            key_id=visit.path["key"],
            zone=visit.f.zone.key,
        ),
        visit.backend.get(visit.of_org("/requests"), key_id=visit.path["key"], limit=10),
        visit.backend.get(visit.of_org("/usage/refusals")),
    )
    return visit.page(
        "key.html",
        key=key,
        state=state_of(key, visit.f.now),
        may=may(key),
        totals=days["totals"],
        series=SERIES,
        chart=month_chart(visit.f, days["items"]),
        requests=requests["items"],
        refused=refusals_in_words(refusals["items"], key["id"]),
    )


async def working_keys(visit: Visit) -> list[Document]:
    """All keys that work. The backend keeps their number small enough to be listed whole."""
    found: list[Document] = []
    cursor: str | None = None
    while True:
        page = await visit.backend.get(
            visit.of_org("/keys"), state="working", limit=_PAGE, cursor=cursor
        )
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            return found


async def _days(visit: Visit) -> Any:
    """Each key's last days; none where so many keys were used that the backend refuses the table."""
    try:
        return await visit.backend.get(
            visit.of_org("/usage/groups"),
            by="key,day",
            zone=visit.f.zone.key,
            since=_days_ago(visit, _SPARK_DAYS - 1),
        )
    except Refused as no:
        no.must_be(400, 422)
        return {"items": []}


def _spark(group: Document) -> str:
    return spark([day["totals"]["audio_ms"] for day in group["groups"]])


def _days_ago(visit: Visit, days: int) -> str:
    day = visit.f.today - timedelta(days=days)
    return datetime.combine(day, time(), visit.f.zone).isoformat()


ROUTES = (
    show("/o/{org}/keys", show_keys, Who.ADMIN),
    show("/o/{org}/keys/{key}", show_key, Who.ADMIN),
)
