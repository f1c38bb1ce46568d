"""The person: name, zone, password, and where they are signed in; and a new org."""

import asyncio

from typing import Any

from aiohttp import web

from entrypoints.frontend.backend import Refused
from entrypoints.frontend.routing import Who, show, take
from entrypoints.frontend.visit import Visit


_FIELDS = ("name", "zone", "language")


async def show_profile(visit: Visit) -> web.Response:
    return await _profile_page(visit, {})


async def change_profile(visit: Visit) -> web.Response:
    seen = await visit.backend.call("GET", "/v1/me")
    wanted = {
        name: visit.form[name] for name in _FIELDS if name in seen.document and name in visit.form
    }
    try:
        await visit.backend.change("PATCH", "/v1/me", wanted, etag=seen.etag)
    except Refused as refused:
        refused.must_be(422)
        return await _profile_page(visit, refused.by_field("name"))
    return visit.redirect("/profile", "Your profile is saved.")


async def change_password(visit: Visit) -> web.Response:
    """Every sign-in ends with it, this one too."""
    typed = {name: visit.several.get(name, [""])[-1] for name in ("old", "new")}
    try:
        await visit.backend.post("/v1/me/password", typed)
    except Refused as refused:
        refused.must_be(403, 409, 422, 429)
        return await _profile_page(visit, refused.by_field("old"))
    visit.session = visit.sessions.new()
    return visit.redirect("/sign-in", "Your password is changed. Sign in with the new one.")


async def end_sign_in(visit: Visit) -> web.Response:
    await visit.backend.delete(f"/v1/me/sign-ins/{visit.part('sign_in')}")
    return visit.redirect("/profile", "That device is signed out.")


async def end_all(visit: Visit) -> web.Response:
    await visit.backend.delete("/v1/me/sign-ins")
    visit.session = visit.sessions.new()
    return visit.redirect("/sign-in", "You are signed out everywhere.")


async def show_new_org(visit: Visit) -> web.Response:
    return visit.page("org_new.html", errors={}, name="", once=visit.new_once())


async def create_org(visit: Visit) -> web.Response:
    name = visit.form.get("name", "")
    try:
        made = await visit.backend.post("/v1/orgs", {"name": name}, once=visit.once)
    except Refused as refused:
        refused.must_be(409, 422)
        errors = refused.by_field("name")
        return visit.page("org_new.html", errors=errors, name=name, once=visit.new_once())
    return visit.redirect(f"/o/{made.document['id']}/", f"“{name}” is yours.")


async def _profile_page(visit: Visit, errors: dict[str, str]) -> web.Response:
    person, sign_ins = await asyncio.gather(
        visit.backend.get("/v1/me"), visit.backend.get("/v1/me/sign-ins", limit=100)
    )
    devices = sorted(sign_ins["items"], key=lambda one: one["created_at"], reverse=True)
    values = {name: visit.form.get(name, person.get(name, "")) for name in _FIELDS}
    return visit.page(
        "profile.html",
        errors=errors,
        values=values,
        has_zone="zone" in person,
        devices=[{**one, "device": _device(one["agent"])} for one in devices],
    )


def _device(agent: str) -> str:
    """A browser and a system, out of what browsers say of themselves."""
    browsers = (
        ("Edg/", "Edge"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    )
    systems = (
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    )

    def named(names: Any) -> str:
        return next((name for part, name in names if part in agent), "")

    browser, system = named(browsers), named(systems)
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or agent.partition("/")[0][:40] or "Unknown"


ROUTES = (
    show("/profile", show_profile, Who.SIGNED_IN),
    take("/profile", change_profile, Who.SIGNED_IN),
    take("/profile/password", change_password, Who.SIGNED_IN),
    take("/profile/sign-ins/{sign_in}/end", end_sign_in, Who.SIGNED_IN),
    take("/profile/sign-ins/end-all", end_all, Who.SIGNED_IN),
    show("/orgs/new", show_new_org, Who.SIGNED_IN),
    take("/orgs/new", create_org, Who.SIGNED_IN),
)
