"""
Signing in by the identity provider of a company.

The browser leaves for the provider by a link, and not by a form that redirects: the
Content-Security-Policy keeps forms, and where they lead, on this host.
"""

import hmac

from urllib.parse import urlsplit

import attrs

from aiohttp import web

from entrypoints.frontend.backend import Refused
from entrypoints.frontend.routing import Who, show, take
from entrypoints.frontend.visit import Visit, local_path


async def show_company(visit: Visit) -> web.Response:
    return _company_page(visit)


async def begin(visit: Visit) -> web.Response:
    try:
        answer = await visit.backend.post(
            "/v1/sign-in/company", {"email": visit.form.get("email", "")}
        )
    except Refused as refused:
        refused.must_be(422, 429)
        error = refused.reason
        return _company_page(visit, error, status=refused.status)
    url = str(answer.document["authorization_url"])
    visit.session = attrs.evolve(
        visit.session,
        away=str(answer.document["state"]),
        after=visit.next_path,
    )
    return visit.page(
        "company_leave.html",
        headers={"Refresh": f"0; url={url}"},
        url=url,
        host=urlsplit(url).hostname,
    )


async def come_back(visit: Visit) -> web.Response:
    """What the provider sends the browser back with. Only this browser's own state is taken."""
    away, after = visit.session.away, visit.session.after
    visit.session = attrs.evolve(visit.session, away="", after="")
    state = visit.query.get("state", "")
    if not away or not hmac.compare_digest(away.encode(), state.encode()):
        return _company_page(
            visit, "This browser did not begin this sign-in: begin here.", status=403
        )
    if "code" not in visit.query:
        return _company_page(visit, "Your company's provider did not sign you in.", status=403)
    brought = {
        "state": state,
        "code": visit.query["code"],
        "issuer": visit.query.get("iss", ""),
    }
    try:
        answer = await visit.backend.post("/v1/sign-in/company/complete", brought)
    except Refused as refused:
        refused.must_be(403, 422, 429)
        error = refused.reason
        return _company_page(visit, error, status=refused.status)
    visit.session = visit.sessions.new(token=answer.document["token"])
    return visit.redirect(local_path(after or "/"))


def _company_page(visit: Visit, error: str = "", *, status: int = 200) -> web.Response:
    return visit.page(
        "company_sign_in.html",
        status=status,
        error=error,
        email=visit.form.get("email", ""),
        next_path=visit.next_path,
    )


ROUTES = (
    show("/sign-in/company", show_company, Who.ANYBODY),
    take("/sign-in/company", begin, Who.ANYBODY),
    show("/sign-in/company/return", come_back, Who.ANYBODY),
)
