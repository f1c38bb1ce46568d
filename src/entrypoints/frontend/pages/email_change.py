"""Another email address for the person: asked for here, confirmed by emails to both addresses."""

from typing import Any

from aiohttp import web

from entrypoints.frontend.backend import Refused
from entrypoints.frontend.routing import Who, show, take
from entrypoints.frontend.visit import Visit


_CHANGE = "/v1/me/email"


async def show_change(visit: Visit) -> web.Response:
    return await _page(visit, {})


async def ask_for_change(visit: Visit) -> web.Response:
    email = visit.form.get("email", "")
    wanted = {"email": email, "password": visit.password}
    try:
        await visit.backend.post(_CHANGE, wanted)
    except Refused as refused:
        refused.must_be(403, 409, 422, 429)
        return await _page(visit, refused.by_field("password"))
    said = f"Two emails are on their way: to {email}, and to your address of now."
    return visit.redirect("/profile/email", said)


async def give_up(visit: Visit) -> web.Response:
    try:
        await visit.backend.delete(_CHANGE)
    except Refused as refused:
        if refused.status != 404:  # it is over, or was given up already
            raise
    return visit.redirect("/profile/email", "Your address stays as it is.")


async def show_confirm(visit: Visit) -> web.Response:
    return visit.page("email_confirm.html", error="", token="")


async def confirm(visit: Visit) -> web.Response:
    """One of both confirmations; the person need not be signed in where the email is read."""
    token = visit.form.get("token", "")
    try:
        answer = await visit.backend.post(f"{_CHANGE}/confirm", {"token": token})
    except Refused as refused:
        refused.must_be(400, 404, 409, 422, 429)
        error = refused.reason
        status = 429 if refused.status == 429 else 422
        return visit.page("email_confirm.html", status=status, error=error, token=token)
    return visit.page("email_confirmed.html", change=answer.document)


async def _page(visit: Visit, errors: dict[str, str]) -> web.Response:
    return visit.page(
        "email_change.html",
        errors=errors,
        change=await _under_way(visit),
        email=visit.form.get("email", ""),
    )


async def _under_way(visit: Visit) -> Any:
    try:
        return await visit.backend.get(_CHANGE)
    except Refused as refused:
        refused.must_be(404)
        return None


ROUTES = (
    show("/profile/email", show_change, Who.SIGNED_IN),
    take("/profile/email", ask_for_change, Who.SIGNED_IN),
    take("/profile/email/keep", give_up, Who.SIGNED_IN),
    show("/confirm-email", show_confirm, Who.ANYBODY),
    take("/confirm-email", confirm, Who.ANYBODY),
)
