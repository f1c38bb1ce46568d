"""What is gone for good: an account and an organisation. Each takes its name, typed."""

from aiohttp import web

from entrypoints.frontend.backend import Refused
from entrypoints.frontend.routing import Who, show, take
from entrypoints.frontend.visit import Visit


async def ask_account(visit: Visit) -> web.Response:
    return _account_page(visit, {})


async def delete_account(visit: Visit) -> web.Response:
    assert visit.person is not None
    if visit.form.get("email", "").casefold() != str(visit.person["email"]).casefold():
        return _account_page(visit, {"email": f"Type {visit.person['email']}."})
    password = visit.password
    try:
        await visit.backend.post("/v1/me/delete", {"password": password})
    except Refused as refused:
        refused.must_be(403, 409, 422, 429)
        return _account_page(visit, refused.by_field("password"))
    visit.session = visit.sessions.new()
    return visit.redirect("/sign-in", "Your account is deleted.")


async def ask_org(visit: Visit) -> web.Response:
    _owners_only(visit)
    return _org_page(visit, {})


async def delete_org(visit: Visit) -> web.Response:
    _owners_only(visit)
    assert visit.org is not None
    name = str(visit.org["name"])
    if visit.form.get("name", "") != name.strip():
        return _org_page(visit, {"name": f"Type {name}."})
    seen = await visit.backend.call("GET", visit.of_org())
    try:
        await visit.backend.call("DELETE", visit.of_org(), headers={"If-Match": seen.etag})
    except Refused as refused:
        refused.must_be(409, 422)
        return _org_page(visit, {"name": refused.detail})
    return visit.redirect("/", f"“{name}” is deleted. What it owed is invoiced.")


def _account_page(visit: Visit, errors: dict[str, str]) -> web.Response:
    return visit.page(
        "account_delete.html",
        errors=errors,
        email=visit.form.get("email", ""),
    )


def _org_page(visit: Visit, errors: dict[str, str]) -> web.Response:
    return visit.page(
        "org_delete.html",
        errors=errors,
        name=visit.form.get("name", ""),
    )


def _owners_only(visit: Visit) -> None:
    if not visit.is_owner:
        raise web.HTTPNotFound


ROUTES = (
    show("/profile/delete", ask_account, Who.SIGNED_IN),
    take("/profile/delete", delete_account, Who.SIGNED_IN),
    show("/o/{org}/settings/delete", ask_org, Who.ADMIN),
    take("/o/{org}/settings/delete", delete_org, Who.ADMIN),
)
