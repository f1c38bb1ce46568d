"""Sessions that are open now, arriving and leaving by themselves; and ending one."""

import asyncio

from urllib.parse import quote

import aiohttp

from aiohttp import hdrs, web

from entrypoints.frontend.backend import Document, Refused
from entrypoints.frontend.open_sessions import open_sessions
from entrypoints.frontend.pages.keys import working_keys
from entrypoints.frontend.routing import show, take
from entrypoints.frontend.visit import Visit
from entrypoints.http.endless import endless


_MEDIA = "text/event-stream"
# The backend sends a comment every few seconds.
_STREAM_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=3, sock_read=30)
_EVENTS = "/sessions/events"
# Rows of the page as the server makes it; its module adds the others.
_MOST = 200


async def show_live(visit: Visit) -> web.Response:
    """The sessions of now; the page's module keeps them so."""
    sessions, limits, names = await asyncio.gather(
        open_sessions(visit.backend, visit.of_org(_EVENTS)),
        visit.backend.get(visit.of_org("/limits")),
        _names(visit),
    )
    return visit.page(
        "live.html",
        sessions=sessions[:_MOST],
        left_out=len(sessions[_MOST:]),
        open_streams=sum(one["kind"] == "live" for one in sessions),
        limits=limits,
        names=names,
    )


async def _names(visit: Visit) -> dict[str, str]:
    """Names of keys by their ids. Members may not list keys, but see the names in the usage."""
    if visit.is_admin:
        return {key["id"]: key["name"] for key in await working_keys(visit)}
    used = await visit.backend.get(visit.of_org("/usage/groups"), by="key")
    return {group["name"]: group["label"] for group in used["items"] if group["label"]}


async def send_events(visit: Visit) -> web.StreamResponse:
    """The backend's events of the org, as they come, until the browser leaves."""
    seen = visit.request.headers.get("Last-Event-ID", "")
    headers = {"Accept": _MEDIA, **({"Last-Event-ID": seen} if seen else {})}
    path = visit.of_org(_EVENTS)
    async with visit.backend.streamed(
        "GET", path, headers=headers, timeout=_STREAM_TIMEOUT
    ) as answer:
        response = web.StreamResponse(
            headers={
                hdrs.CONTENT_TYPE: _MEDIA,
                hdrs.CACHE_CONTROL: "no-store",
                "X-Accel-Buffering": "no",
            }
        )
        await response.prepare(visit.request)
        try:
            with endless(visit.request):
                async for part in answer.content.iter_any():
                    await response.write(part)
        except (aiohttp.ClientError, TimeoutError, ConnectionError):
            pass  # the backend or the browser is gone; the browser connects again
    return response


async def ask_end(visit: Visit) -> web.Response:
    session = await _session(visit)
    return visit.page("live_end.html", session=session)


async def end_session(visit: Visit) -> web.Response:
    session = visit.path["session"]
    try:
        await visit.backend.delete(visit.of_org(f"/sessions/{quote(session, safe='')}"))
    except Refused as refused:
        refused.must_be(404)
        return visit.redirect(visit.at("/live"), "The session had ended already.")
    return visit.redirect(visit.at("/live"), f"Session {session[:8]} ends within 5 seconds.")


async def _session(visit: Visit) -> Document:
    """
    Raises:
        HTTPNotFound: It is not open, or not of the org.
    """
    for session in await open_sessions(visit.backend, visit.of_org(_EVENTS)):
        if session["id"] == visit.path["session"]:
            return session
    raise web.HTTPNotFound


ROUTES = (
    show("/o/{org}/live", show_live),
    show("/o/{org}/live/events", send_events),
    show("/o/{org}/live/{session}/end", ask_end),
    take("/o/{org}/live/{session}/end", end_session),
)
