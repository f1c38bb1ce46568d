"""Turning the second factor of sign-ins on and off."""

from aiohttp import web

from entrypoints.frontend.backend import Refused
from entrypoints.frontend.qr_code import qr_code
from entrypoints.frontend.routing import Who, show, take
from entrypoints.frontend.visit import Visit


_PATH = "/v1/me/second-factor"


async def show_factor(visit: Visit) -> web.Response:
    return await _factor_page(visit)


async def enrol(visit: Visit) -> web.Response:
    """Shows what the app needs; the code that it then shows turns the factor on."""
    try:
        made = await visit.backend.post(_PATH, {"password": visit.password})
    except Refused as refused:
        return await _factor_page(visit, refused)
    return visit.page(
        "second_factor_app.html",
        secret=made.document["secret"],
        uri=made.document["otpauth_uri"],
        code=qr_code(made.document["otpauth_uri"]),
        error="",
    )


async def confirm(visit: Visit) -> web.Response:
    code = visit.form.get("code", "").replace(" ", "")
    uri = visit.form.get("uri", "")
    if not uri.startswith("otpauth:"):
        uri = ""
    try:
        made = await visit.backend.post(f"{_PATH}/confirm", {"code": code})
    except Refused as refused:
        refused.must_be(403, 409, 422, 429)
        return visit.page(
            "second_factor_app.html",
            secret=visit.form.get("secret", ""),
            uri=uri,
            code=qr_code(uri),
            error=refused.reason,
        )
    return visit.page("recovery_codes.html", codes=made.document["recovery_codes"])


async def turn_off(visit: Visit) -> web.Response:
    try:
        await visit.backend.post(f"{_PATH}/disable", {"password": visit.password})
    except Refused as refused:
        return await _factor_page(visit, refused)
    return visit.redirect("/profile/second-factor", "The second factor is off.")


async def _factor_page(visit: Visit, refused: Refused | None = None) -> web.Response:
    if refused is not None and refused.status not in {403, 409, 422, 429}:
        raise refused
    factor = await visit.backend.get(_PATH)
    error = "" if refused is None else refused.reason
    return visit.page("second_factor.html", factor=factor, error=error)


ROUTES = (
    show("/profile/second-factor", show_factor, Who.SIGNED_IN),
    take("/profile/second-factor", enrol, Who.SIGNED_IN),
    take("/profile/second-factor/confirm", confirm, Who.SIGNED_IN),
    take("/profile/second-factor/off", turn_off, Who.SIGNED_IN),
)
