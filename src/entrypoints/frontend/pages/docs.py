"""
Docs inside the dashboard, with the reader's own addresses.

Tables of close codes and errors are made of those that the gateway uses.
"""

import re

from collections.abc import Mapping
from html import unescape

import attrs

from aiohttp import web
from markupsafe import Markup

from aldea_core.domain.live.endings import Ending, SessionEnded
from aldea_core.protocol.deepgram import errors
from aldea_core.protocol.deepgram.close_codes import CLOSES
from entrypoints.frontend.routing import Who, show
from entrypoints.frontend.snippets import live_snippets, snippets
from entrypoints.frontend.visit import Visit


CHAPTERS = {
    "quick-start": "Quick start",
    "files": "Files",
    "live": "Live streams",
    "errors": "Errors",
    "close-codes": "Close codes",
    "limits": "Limits",
    "sdks": "SDKs",
    "openai": "OpenAI's dialect",
    "deepgram": "Migrating from Deepgram",
}
_SECTION = re.compile(r'<h2 id="([a-z-]+)">(.*?)</h2>', re.DOTALL)
_TAGS = re.compile(r"<[^>]+>")
_ERRORS = (
    errors.INVALID_AUTH,
    errors.INSUFFICIENT_PERMISSIONS,
    errors.UNSUPPORTED_MEDIA_TYPE,
    errors.INTERNAL,
    errors.DRAINING,
    errors.FULL,
)


@attrs.frozen
class Section:
    """
    Attributes:
        id: Of its heading in the chapter.
        words: What it says, in small letters, for the search.
    """

    chapter: str
    id: str
    title: str
    words: str


async def go_to_docs(visit: Visit) -> web.Response:
    """To the docs in the person's first org, whose limits and prices they show."""
    chapter = visit.path.get("chapter", "quick-start")
    if chapter not in CHAPTERS:
        raise web.HTTPNotFound
    if not visit.orgs:
        return visit.redirect("/orgs/new")
    return visit.redirect(f"/o/{visit.orgs[0]['id']}/docs/{chapter}")


async def show_docs(visit: Visit) -> web.Response:
    chosen = visit.path.get("chapter", "quick-start")
    if chosen not in CHAPTERS:
        raise web.HTTPNotFound
    values = {
        "visit": visit,
        "site": visit.site,
        "f": visit.f,
        "limits": await visit.backend.get(visit.of_org("/limits")),
        "file_snippets": snippets(visit.site),
        "live_snippets": live_snippets(visit.site, "language=en&interim_results=true"),
        "closes": close_codes(),
        "refusals": refusals(),
    }
    texts = {name: visit.templates.render(f"docs/{name}.html", values) for name in CHAPTERS}
    return visit.page(
        "docs.html",
        chosen=chosen,
        title=CHAPTERS[chosen],
        chapters=CHAPTERS,
        text=Markup(texts[chosen]),  # noqa: S704 (rendered with escaping)
        sections=sections_of(texts),
    )


def close_codes() -> list[tuple[int, str, str]]:
    """Code, reason and whether to connect again, in the order of codes, each reason once."""
    rows = {
        (close.code, close.reason or _word(ending)): close.reconnect.value
        for ending, close in CLOSES.items()
    }
    return sorted((code, reason, again) for (code, reason), again in rows.items())


def refusals() -> list[tuple[int, str, str]]:
    """Status, `err_code` and text of refused files, in the order of statuses."""
    ended = [errors.of_error(SessionEnded(ending)) for ending in Ending]
    rows = {(one.status, one.code, one.message) for one in (*_ERRORS, *ended)}
    return sorted(row for row in rows if row[0] >= 400)


def sections_of(texts: Mapping[str, str]) -> list[Section]:
    """What the search looks through: every heading with the text below it."""
    found = []
    for chapter, text in texts.items():
        parts = _SECTION.split(text)
        for ident, title, body in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
            words = " ".join(unescape(_TAGS.sub(" ", f"{title} {body}")).lower().split())
            found.append(Section(chapter, ident, _TAGS.sub("", title), words[:600]))
    return found


def _word(ending: Ending) -> str:
    return "Finished" if ending in {Ending.FINISHED, Ending.CLIENT_LEFT} else "Connection lost"


ROUTES = (
    show("/docs", go_to_docs, Who.SIGNED_IN),
    show("/docs/{chapter}", go_to_docs, Who.SIGNED_IN),
    show("/o/{org}/docs", show_docs),
    show("/o/{org}/docs/{chapter}", show_docs),
)
