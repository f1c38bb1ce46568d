"""The audit log: what was changed, by whom, and how it was before."""

from datetime import date
from typing import Any

from aiohttp import web

from entrypoints.frontend.links import filtered, following
from entrypoints.frontend.routing import Who, show
from entrypoints.frontend.visit import Visit


_FILTERS = ("action", "actor", "since", "until")
# Of the filter; the log knows more.
_ACTIONS = (
    "key.created",
    "key.rotated",
    "key.revoked",
    "invitation.created",
    "invitation.withdrawn",
    "member.joined",
    "member.role_changed",
    "member.removed",
    "cap.set",
    "org.renamed",
    "session.ended",
)


async def show_audit(visit: Visit) -> web.Response:
    chosen = {name: visit.query.get(name, "") for name in _FILTERS}
    found = await visit.backend.get(
        visit.of_org("/audit"),
        action=chosen["action"],
        actor=chosen["actor"],
        since=_day(chosen["since"]),
        until=_day(chosen["until"]),
        zone=visit.f.zone.key,
        cursor=visit.query.get("cursor"),
        limit=50,
    )
    return visit.page(
        "audit.html",
        entries=[{**entry, "changes": changes_of(entry)} for entry in found["items"]],
        chosen=chosen,
        actions=(("", "Any change"), *((name, name) for name in _ACTIONS)),
        first=filtered(chosen) if visit.query.get("cursor") else "",
        following=following(found["next"], chosen),
        is_filtered=any(chosen.values()),
    )


def changes_of(entry: Any) -> list[tuple[str, str, str]]:
    """Name, before and after of all that changed; without what is empty in both."""
    before, after = entry["before"], entry["after"]
    changes = [
        (name, _text(before.get(name)), _text(after.get(name))) for name in {**before, **after}
    ]
    return [change for change in changes if any(change[1:])]


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case list():
            return ", ".join(map(str, value))
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)


def _day(text: str) -> str:
    """*text* if it is a date; else empty."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


ROUTES = (show("/o/{org}/audit", show_audit, Who.ADMIN),)
