"""Settings of an org: its name, and leaving it."""

from aiohttp import web

from entrypoints.frontend.backend import Refused
from entrypoints.frontend.routing import show, take
from entrypoints.frontend.visit import Visit


async def show_settings(visit: Visit) -> web.Response:
    return _settings_page(visit, {})


async def rename(visit: Visit) -> web.Response:
    seen = await visit.backend.call("GET", visit.of_org())
    name = visit.form.get("name", "")
    try:
        await visit.backend.change("PATCH", visit.of_org(), {"name": name}, etag=seen.etag)
    except Refused as refused:
        refused.must_be(422)
        return _settings_page(visit, refused.by_field("name"))
    return visit.redirect(visit.at("/settings"), "The organisation is renamed.")


async def leave(visit: Visit) -> web.Response:
    assert visit.org is not None
    try:
        await visit.backend.post(visit.of_org("/leave"))
    except Refused as refused:
        refused.must_be(409)
        return _settings_page(visit, {"leave": refused.detail})
    return visit.redirect("/", f"You left “{visit.org['name']}”.")


def _settings_page(visit: Visit, errors: dict[str, str]) -> web.Response:
    return visit.page(
        "settings.html",
        errors=errors,
        name=visit.form.get("name", visit.org["name"] if visit.org else ""),
    )


ROUTES = (
    show("/o/{org}/settings", show_settings),
    take("/o/{org}/settings", rename),
    take("/o/{org}/settings/leave", leave),
)
