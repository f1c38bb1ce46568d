"""
Where the links of emails lead: confirming an address, another password, an invitation.

The token comes after `#`, so it is in no server's log; a script puts it into the form. Without one
it is pasted.
"""

from typing import Any

from aiohttp import web

from entrypoints.frontend.backend import Refused
from entrypoints.frontend.routing import Who, show, take
from entrypoints.frontend.visit import Visit


async def show_forgotten(visit: Visit) -> web.Response:
    return visit.page("forgotten.html", errors={}, email=visit.query.get("email", ""))


async def send_reset(visit: Visit) -> web.Response:
    return await _send_email(visit, "/v1/password-reset", "forgotten.html")


async def show_reset(visit: Visit) -> web.Response:
    return visit.page("reset.html", errors={}, token="")


async def reset(visit: Visit) -> web.Response:
    typed = {"token": visit.form.get("token", ""), "password": visit.password}
    try:
        await visit.backend.post("/v1/password-reset/complete", typed)
    except Refused as refused:
        return _again(visit, "reset.html", refused)
    visit.session = visit.sessions.new()
    return visit.redirect("/sign-in", "Your password is changed. Sign in with it.")


async def show_confirm(visit: Visit) -> web.Response:
    return visit.page("confirm.html", errors={}, token="", values={})


async def confirm(visit: Visit) -> web.Response:
    """Opens the account, and signs in to it."""
    typed = {
        "token": visit.form.get("token", ""),
        "name": visit.form.get("name", ""),
        "password": visit.password,
    }
    if org_name := visit.form.get("org_name", ""):
        typed["org_name"] = org_name
    try:
        opened = await visit.backend.post("/v1/confirm", typed)
    except Refused as refused:
        return _again(visit, "confirm.html", refused)
    credentials = {"email": opened.document["email"], "password": typed["password"]}
    answer = await visit.backend.post("/v1/sign-in", credentials)
    visit.session = visit.sessions.new(token=answer.document["token"])
    return visit.redirect("/", "Your account is open.")


async def show_confirm_again(visit: Visit) -> web.Response:
    return visit.page("confirm_again.html", errors={}, email=visit.query.get("email", ""))


async def confirm_again(visit: Visit) -> web.Response:
    return await _send_email(visit, "/v1/confirm/resend", "confirm_again.html")


async def show_invitation(visit: Visit) -> web.Response:
    return visit.page("invitation.html", errors={}, token="", shown=None)


async def look_at_invitation(visit: Visit) -> web.Response:
    """What the invitation is for, before it is accepted."""
    token = visit.form.get("token", "")
    try:
        shown = await visit.backend.post("/v1/invitations/show", {"token": token})
    except Refused as refused:
        return _again(visit, "invitation.html", refused, shown=None)
    return visit.page("invitation.html", errors={}, token=token, shown=shown.document)


async def accept_invitation(visit: Visit) -> web.Response:
    token = visit.form.get("token", "")
    if visit.person is None:
        return await _join(visit, token)
    try:
        joined = await visit.backend.post("/v1/invitations/accept", {"token": token})
    except Refused as refused:
        return _again(visit, "invitation.html", refused, shown=None)
    org = joined.document
    return visit.redirect(f"/o/{org['id']}/", f"You are {org['role']} of “{org['name']}” now.")


async def _join(visit: Visit, token: str) -> web.Response:
    """A new account by the invitation, which proves its address; or a sign-in to one that is there."""
    email, password = visit.form.get("email", ""), visit.password
    account = {
        "email": email,
        "name": visit.form.get("name", ""),
        "password": password,
        "invitation": token,
    }
    try:
        if account["name"]:
            await visit.backend.post("/v1/sign-up", account)
        answer = await visit.backend.post("/v1/sign-in", {"email": email, "password": password})
    except Refused as refused:
        shown = await visit.backend.post("/v1/invitations/show", {"token": token})
        said = "The password is wrong." if refused.status == 401 else ""
        return _again(visit, "invitation.html", refused, shown=shown.document, said_of=said)
    token_of_person = answer.document["token"]
    if token_of_person is None:  # a code is wanted: accepted after signing in
        return visit.redirect("/sign-in", "Sign in, then open the invitation again.")
    visit.session = visit.sessions.new(token=token_of_person)
    if not account["name"]:
        backend = visit.backend.of(token_of_person)
        await backend.post("/v1/invitations/accept", {"token": token})
    return visit.redirect("/", "You have joined.")


async def _send_email(visit: Visit, path: str, template: str) -> web.Response:
    """Asks for an email; the answer is the same for an address that gets none."""
    email = visit.form.get("email", "")
    try:
        await visit.backend.post(path, {"email": email})
    except Refused as refused:
        refused.must_be(422, 429)
        errors = refused.by_field("email")
        return visit.page(template, status=refused.status, errors=errors, email=email)
    return visit.page("sent.html", email=email)


def _again(
    visit: Visit, template: str, refused: Refused, *, said_of: str = "", **values: Any
) -> web.Response:
    """The form again, with what is wrong."""
    if refused.status not in {400, 401, 404, 409, 422, 429}:
        raise refused
    errors = refused.fields or {
        "token": said_of or refused.detail or "This link is not valid any more."
    }
    typed = {name: visit.form.get(name, "") for name in ("name", "org_name", "email")}
    token = visit.form.get("token", "")
    status = 422 if refused.status in {401, 404} else refused.status
    return visit.page(template, status=status, errors=errors, token=token, values=typed, **values)


ROUTES = (
    show("/forgotten", show_forgotten, Who.ANYBODY),
    take("/forgotten", send_reset, Who.ANYBODY),
    show("/reset-password", show_reset, Who.ANYBODY),
    take("/reset-password", reset, Who.ANYBODY),
    show("/confirm", show_confirm, Who.ANYBODY),
    take("/confirm", confirm, Who.ANYBODY),
    show("/confirm/again", show_confirm_again, Who.ANYBODY),
    take("/confirm/again", confirm_again, Who.ANYBODY),
    show("/invitation", show_invitation, Who.ANYBODY),
    take("/invitation", look_at_invitation, Who.ANYBODY),
    take("/invitation/accept", accept_invitation, Who.ANYBODY),
)
