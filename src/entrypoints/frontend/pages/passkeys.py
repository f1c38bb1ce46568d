"""
Passkeys: the person's own, and signing in by them.

Devices answer through the browser's script, so these are the only pages of the account that need one.
"""

import json

from typing import Any

from aiohttp import web

from entrypoints.frontend.backend import Refused
from entrypoints.frontend.routing import Who, show, take
from entrypoints.frontend.visit import Visit


_PATH = "/v1/me/passkeys"
_REFUSALS = {403, 409, 422, 429}


async def show_passkeys(visit: Visit) -> web.Response:
    return await _passkeys_page(visit)


async def begin_registration(visit: Visit) -> web.Response:
    body = {"password": visit.password}
    return await _options(visit, "/v1/me/passkey-options", body)


async def register(visit: Visit) -> web.Response:
    body = {
        "ceremony": visit.form.get("ceremony", ""),
        "name": visit.form.get("name", ""),
        "credential": _credential(visit),
    }
    try:
        made = await visit.backend.post(_PATH, body)
    except Refused as refused:
        refused.must_be(*_REFUSALS)
        return await _passkeys_page(visit, refused.reason)
    return visit.redirect("/profile/passkeys", f"“{made.document['name']}” is registered.")


async def show_removal(visit: Visit) -> web.Response:
    for known in (await visit.backend.get(_PATH))["items"]:
        if known["id"] == visit.path["passkey"]:
            return visit.page("passkey_remove.html", passkey=known)
    raise web.HTTPNotFound


async def remove(visit: Visit) -> web.Response:
    await visit.backend.delete(f"{_PATH}/{visit.part('passkey')}")
    return visit.redirect("/profile/passkeys", "The passkey is removed.")


async def begin_sign_in(visit: Visit) -> web.Response:
    challenge = visit.form.get("challenge", "")
    body = {"challenge": challenge} if challenge else {}
    return await _options(visit, "/v1/sign-in/passkey/options", body)


async def sign_in(visit: Visit) -> web.Response:
    body = {"ceremony": visit.form.get("ceremony", ""), "credential": _credential(visit)}
    next_path = visit.next_path
    try:
        answer = await visit.backend.post("/v1/sign-in/passkey", body)
    except Refused as refused:
        refused.must_be(*_REFUSALS)
        error, email = refused.reason, ""
        return visit.page(
            "sign_in.html", status=refused.status, error=error, email=email, next_path=next_path
        )
    visit.session = visit.sessions.new(token=answer.document["token"])
    return visit.redirect(next_path)


async def _options(visit: Visit, path: str, body: dict[str, str]) -> web.Response:
    """The ceremony's options; or why there are none, which the page's script says."""
    try:
        begun = await visit.backend.post(path, body)
    except Refused as refused:
        refused.must_be(*_REFUSALS)
        return web.json_response({"error": refused.reason})
    return web.json_response(begun.document)


async def _passkeys_page(visit: Visit, error: str = "") -> web.Response:
    known = await visit.backend.get(_PATH)
    return visit.page("passkeys.html", passkeys=known["items"], error=error)


def _credential(visit: Visit) -> dict[str, Any]:
    try:
        read = json.loads(visit.form.get("credential", ""))
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


ROUTES = (
    show("/profile/passkeys", show_passkeys, Who.SIGNED_IN),
    take("/profile/passkeys", register, Who.SIGNED_IN),
    take("/profile/passkeys/options", begin_registration, Who.SIGNED_IN),
    show("/profile/passkeys/{passkey}/remove", show_removal, Who.SIGNED_IN),
    take("/profile/passkeys/{passkey}/remove", remove, Who.SIGNED_IN),
    take("/sign-in/passkey/options", begin_sign_in, Who.ANYBODY),
    take("/sign-in/passkey", sign_in, Who.ANYBODY),
)
