"""Signing up: a new account with an organisation of its own."""

from aiohttp import web

from entrypoints.frontend.backend import Refused
from entrypoints.frontend.routing import Who, show, take
from entrypoints.frontend.visit import Visit


_FIELDS = ("email", "name", "org_name")


async def show_sign_up(visit: Visit) -> web.Response:
    if visit.person is not None:
        return visit.redirect("/")
    return _sign_up_page(visit, {})


async def sign_up(visit: Visit) -> web.Response:
    """Where addresses are confirmed, only the address is asked for here, the rest with the email."""
    account = {"email": visit.form.get("email", "")}
    password = visit.password
    if not visit.site.confirms:
        account |= {"name": visit.form.get("name", ""), "password": password}
        account |= {"org_name": name} if (name := visit.form.get("org_name", "")) else {}
    try:
        await visit.backend.post("/v1/sign-up", account)
    except Refused as refused:
        refused.must_be(422, 429)
        errors = refused.by_field("email")
        return _sign_up_page(visit, errors, status=refused.status)
    sent = visit.page("sent.html", email=account["email"])
    if visit.site.confirms:
        return sent
    try:
        answer = await visit.backend.post(
            "/v1/sign-in", {"email": account["email"], "password": password}
        )
    except Refused:  # the address has an account already, and another password
        return sent
    if answer.document["token"] is None:  # an account that is there, with a second factor
        return visit.redirect("/sign-in")
    visit.session = visit.sessions.new(token=answer.document["token"])
    return visit.redirect("/")


def _sign_up_page(visit: Visit, errors: dict[str, str], *, status: int = 200) -> web.Response:
    values = {name: visit.form.get(name, "") for name in _FIELDS}
    return visit.page("sign_up.html", status=status, errors=errors, values=values)


ROUTES = (
    show("/sign-up", show_sign_up, Who.ANYBODY),
    take("/sign-up", sign_up, Who.ANYBODY),
)
