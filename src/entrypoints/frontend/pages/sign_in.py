"""Signing in and out, and the theme, which needs no sign-in."""

from aiohttp import web

from entrypoints.frontend.backend import Refused
from entrypoints.frontend.pages.views import end_view
from entrypoints.frontend.routing import Who, show, take
from entrypoints.frontend.visit import Visit


_YEAR_SECONDS = 365 * 24 * 3600


async def show_sign_in(visit: Visit) -> web.Response:
    if visit.person is not None:
        return visit.redirect(visit.next_path)
    return _sign_in_page(visit)


async def sign_in(visit: Visit) -> web.Response:
    credentials = {
        "email": visit.form.get("email", ""),
        "password": visit.password,
    }
    try:
        answer = await visit.backend.post("/v1/sign-in", credentials)
    except Refused as refused:
        return _sign_in_page(visit, _why_not(visit, refused), status=refused.status)
    if answer.document["token"] is None:
        return _code_page(visit, answer.document["challenge"])
    return _signed_in(visit, answer.document["token"])


async def send_code(visit: Visit) -> web.Response:
    """The second step of a sign-in with a second factor."""
    challenge = visit.form.get("challenge", "")
    typed = {"challenge": challenge, "code": visit.form.get("code", "").replace(" ", "")}
    try:
        answer = await visit.backend.post("/v1/sign-in/second-factor", typed)
    except Refused as refused:
        refused.must_be(401, 422, 429)
        return _code_page(visit, challenge, refused.detail, status=refused.status)
    return _signed_in(visit, answer.document["token"])


async def sign_out(visit: Visit) -> web.Response:
    try:
        await end_view(visit)
        await visit.backend.post("/v1/sign-out")
    except Refused as refused:
        if refused.status != 401:  # it has ended already
            raise
    visit.session = visit.sessions.new()
    return visit.redirect("/sign-in", "You are signed out.")


async def turn_theme(visit: Visit) -> web.Response:
    """Without a script the button is a form; with one, the script sets the same cookie."""
    back = visit.request.headers.get("Referer", "")
    _, found, path = back.partition(f"//{visit.request.host}")
    response = visit.redirect(path if found else "/")
    theme = visit.form.get("theme", "")
    if theme in {"light", "dark"}:
        response.set_cookie(
            "theme", theme, max_age=_YEAR_SECONDS, samesite="Lax", secure=visit.site.is_secure
        )
    return response


def _signed_in(visit: Visit, token: str) -> web.Response:
    """A new nonce comes with the new sign-in: forms of before are void."""
    visit.session = visit.sessions.new(token=token)
    return visit.redirect(visit.next_path)


def _code_page(visit: Visit, challenge: str, error: str = "", *, status: int = 200) -> web.Response:
    next_path = visit.next_path
    return visit.page(
        "sign_in_code.html", status=status, challenge=challenge, error=error, next_path=next_path
    )


def _sign_in_page(visit: Visit, error: str = "", *, status: int = 200) -> web.Response:
    return visit.page(
        "sign_in.html",
        status=status,
        error=error,
        email=visit.form.get("email", ""),
        next_path=visit.next_path,
    )


def _why_not(visit: Visit, refused: Refused) -> str:
    match refused.status:
        case 401 | 422:
            return "The address or the password is wrong."
        case 429:
            return f"Too many attempts. Try again in {visit.f.span(refused.retry_after)}."
        case _:
            raise refused


ROUTES = (
    show("/sign-in", show_sign_in, Who.ANYBODY),
    take("/sign-in", sign_in, Who.ANYBODY),
    take("/sign-in/code", send_code, Who.ANYBODY),
    take("/sign-out", sign_out, Who.ANYBODY),
    take("/theme", turn_theme, Who.ANYBODY),
)
