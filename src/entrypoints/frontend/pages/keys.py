"""API keys: the list, a new one, and rotating and revoking."""

import asyncio

from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import quote

from aiohttp import web

from entrypoints.frontend.backend import Document, Refused
from entrypoints.frontend.charts import spark
from entrypoints.frontend.key_view import PERMISSIONS, SCOPES, may, state_of
from entrypoints.frontend.routing import Who, show, take
from entrypoints.frontend.snippets import snippets
from entrypoints.frontend.visit import Visit


_SPARK_DAYS = 14
_SHOWN = ("working", "ended", "all")
_OVERLAPS = (
    ("0", "None", "The old key ends at once."),
    ("3600", "1 hour", ""),
    ("86400", "24 hours", "Enough for most deployments."),
    ("604800", "7 days", ""),
)
_EXPIRIES = (("", "Never"), ("30", "In 30 days"), ("90", "In 90 days"), ("date", "On a date"))
_FIELDS = ("name", "may", "tags", "models", "sessions", "rate", "expiry", "date")


async def show_keys(visit: Visit) -> web.Response:
    chosen = visit.query.get("state", "working")
    chosen = chosen if chosen in _SHOWN else "working"
    search = visit.query.get("q", "").strip()
    keys, month, days = await asyncio.gather(
        _all_keys(visit),
        visit.backend.get(visit.of_org("/usage/groups"), by="key"),
        visit.backend.get(
            visit.of_org("/usage/groups"),
            by="key,day",
            zone=visit.f.zone.key,
            since=_days_ago(visit, _SPARK_DAYS - 1),
        ),
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
        for key in keys
    ]
    counts = {
        "working": sum(row["key"]["works"] for row in rows),
        "ended": sum(not row["key"]["works"] for row in rows),
        "all": len(rows),
    }
    return visit.page(
        "keys.html",
        rows=[row for row in rows if _is_shown(row["key"], chosen, search)],
        counts=counts,
        chosen=chosen,
        search=search,
        month=month,
        sparks=sparks,
    )


async def show_new_key(visit: Visit) -> web.Response:
    return _form(visit, {}, {"may": "transcribe"})


async def create_key(visit: Visit) -> web.Response:
    """The answer is the page with the secret; sent again, the same key is shown."""
    typed = {name: visit.form.get(name, "") for name in _FIELDS}
    try:
        body = _wanted(visit, typed)
        made = await visit.backend.post(visit.of_org("/keys"), body, once=visit.once)
    except _Wrong as wrong:
        return _form(visit, wrong.fields, typed)
    except Refused as refused:
        if refused.status not in {409, 422}:
            raise
        names = {"limits.concurrent_sessions": "sessions", "limits.requests_per_minute": "rate"}
        fields = {
            names.get(name, "tags" if name.startswith("tags") else name): message
            for name, message in (refused.fields or {"name": refused.detail}).items()
        }
        return _form(visit, fields, typed)
    return _created(visit, made.document, in_effect=made.in_effect)


async def show_key(visit: Visit) -> web.Response:
    key, groups, requests = await asyncio.gather(
        _key(visit),
        visit.backend.get(visit.of_org("/usage"), key=visit.path["key"]),
        visit.backend.get(visit.of_org("/requests"), key=visit.path["key"], limit=10),
    )
    return visit.page(
        "key.html",
        key=key,
        state=state_of(key, visit.f.now),
        may=may(key),
        totals=groups["totals"],
        requests=requests["items"],
    )


async def ask_rotate(visit: Visit) -> web.Response:
    key = await _key(visit)
    return visit.page("key_rotate.html", key=key, overlaps=_OVERLAPS, once=visit.new_once())


async def rotate_key(visit: Visit) -> web.Response:
    overlap = visit.form.get("overlap", "")
    if overlap not in {value for value, _, _ in _OVERLAPS}:
        raise web.HTTPBadRequest
    made = await visit.backend.post(
        visit.of_org(f"/keys/{_id(visit)}/rotate"),
        {"overlap_seconds": int(overlap)},
        once=visit.once,
    )
    return _created(visit, made.document, in_effect=made.in_effect, overlap=int(overlap))


async def ask_revoke(visit: Visit) -> web.Response:
    key, sessions = await asyncio.gather(
        _key(visit), visit.backend.get(visit.of_org("/sessions"), limit=100)
    )
    is_open = [one for one in sessions["items"] if one["key_id"] == key["id"]]
    return visit.page("key_revoke.html", key=key, open_sessions=len(is_open))


async def revoke_key(visit: Visit) -> web.Response:
    key = await _key(visit)
    answer = await visit.backend.delete(visit.of_org(f"/keys/{_id(visit)}"))
    when = "Gateways refuse it now" if answer.in_effect else "Gateways will refuse it shortly"
    said = f"“{key['name']}” is revoked. {when}; its open streams end within 5 seconds."
    return visit.redirect(visit.at("/keys?state=ended"), said)


class _Wrong(Exception):
    """What was typed cannot be sent to the backend."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__()
        self.fields = fields


def _wanted(visit: Visit, typed: dict[str, str]) -> Document:
    """
    What the backend is asked for.

    Raises:
        _Wrong: A field is no number or no date.
    """
    wrong: dict[str, str] = {}
    limits: dict[str, int] = {}
    for field, name in (("sessions", "concurrent_sessions"), ("rate", "requests_per_minute")):
        if typed[field]:
            if typed[field].isdecimal() and typed[field].isascii():
                limits[name] = int(typed[field])
            else:
                wrong[field] = "Must be a whole number."
    expires = _expires(visit, typed, wrong)
    scopes = PERMISSIONS.get(typed["may"]) or visit.several.get("scope", [])
    if not scopes:
        wrong["may"] = "Choose what the key may do."
    if wrong:
        raise _Wrong(wrong)
    body: dict[str, Any] = {"name": typed["name"], "scopes": list(scopes), "limits": limits}
    if tags := _listed(typed["tags"]):
        body["tags"] = tags
    if models := _listed(typed["models"]):
        body["models"] = models
    if expires is not None:
        body["expires"] = expires.isoformat()
    return body


def _expires(visit: Visit, typed: dict[str, str], wrong: dict[str, str]) -> datetime | None:
    """The end of a day of the person's zone, so that the same form sent again asks for the same."""
    today = visit.f.now.astimezone(visit.f.zone).date()
    match typed["expiry"]:
        case "30" | "90" as days:
            day = today + timedelta(days=int(days))
        case "date":
            try:
                day = (
                    datetime.strptime(typed["date"], "%Y-%m-%d").replace(tzinfo=visit.f.zone).date()
                )
            except ValueError:
                wrong["date"] = "Must be a date, as 2027-01-31."
                return None
            if day <= today:
                wrong["date"] = (
                    f"Expiry must be after today, {visit.f.day(visit.f.now.isoformat())}."
                )
                return None
        case _:
            return None
    return datetime.combine(day + timedelta(days=1), time(), visit.f.zone)


def _form(visit: Visit, errors: dict[str, str], typed: dict[str, str]) -> web.Response:
    values = {name: typed.get(name, "") for name in _FIELDS}
    return visit.page(
        "key_new.html",
        status=422 if errors else 200,
        errors=errors,
        values=values,
        scopes=visit.several.get("scope", []),
        scope_names=SCOPES,
        expiries=_EXPIRIES,
        once=visit.once or visit.new_once(),
    )


def _created(
    visit: Visit, made: Document, *, in_effect: bool, overlap: int | None = None
) -> web.Response:
    return visit.page(
        "key_created.html",
        secret=made["key"],
        key=made["api_key"],
        may=may(made["api_key"]),
        in_effect=in_effect,
        overlap=overlap,
        snippets=snippets(visit.site),
    )


async def _all_keys(visit: Visit) -> list[Document]:
    """All keys, newest first. The backend keeps their number small enough to be listed whole."""
    found: list[Document] = []
    cursor = ""
    while True:
        page = await visit.backend.get(visit.of_org("/keys"), limit=100, cursor=cursor)
        found += page["items"]
        cursor = page["next"] or ""
        if not cursor:
            return found[::-1]


async def _key(visit: Visit) -> Document:
    found: Document = await visit.backend.get(visit.of_org(f"/keys/{_id(visit)}"))
    return found


def _id(visit: Visit) -> str:
    return quote(visit.path["key"], safe="")


def _is_shown(key: Document, chosen: str, search: str) -> bool:
    text = f"{key['name']} {key['hint']} {' '.join(key['tags'])}".casefold()
    is_of_state = chosen == "all" or key["works"] == (chosen == "working")
    return is_of_state and search.casefold() in text


def _spark(group: Document) -> str:
    return spark([day["totals"]["audio_ms"] for day in group["groups"]])


def _days_ago(visit: Visit, days: int) -> str:
    day = visit.f.now.astimezone(visit.f.zone).date() - timedelta(days=days)
    return datetime.combine(day, time(), visit.f.zone).isoformat()


def _listed(text: str) -> list[str]:
    return [part for part in text.replace(",", " ").split() if part]


_ONE = "/o/{org}/keys/{key}"
ROUTES = (
    show("/o/{org}/keys", show_keys, Who.ADMIN),
    show("/o/{org}/keys/new", show_new_key, Who.ADMIN),
    take("/o/{org}/keys/new", create_key, Who.ADMIN),
    show(_ONE, show_key, Who.ADMIN),
    show(_ONE + "/rotate", ask_rotate, Who.ADMIN),
    take(_ONE + "/rotate", rotate_key, Who.ADMIN),
    show(_ONE + "/revoke", ask_revoke, Who.ADMIN),
    take(_ONE + "/revoke", revoke_key, Who.ADMIN),
)
