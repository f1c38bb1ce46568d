"""An operator views an org as its owners do: read-only, for an hour, in the org's audit log."""

from urllib.parse import quote

import attrs

from aiohttp import web

from entrypoints.frontend.backend import Refused
from entrypoints.frontend.routing import Who, take
from entrypoints.frontend.visit import Visit


async def begin_view(visit: Visit) -> web.Response:
    org = visit.part("id")
    reason = visit.form.get("reason", "")
    if not reason:
        said = "Nothing is viewed without a reason, which the organisation's audit log has."
        return visit.redirect(f"/operator/orgs/{org}", said)
    await end_view(visit)
    made = await visit.backend.post(f"/v1/operator/orgs/{org}/view", {"reason": reason})
    view = made.document
    visit.session = attrs.evolve(
        visit.session, view=view["token"], view_id=view["id"], view_org=view["org_id"]
    )
    return visit.redirect(f"/o/{org}/")


async def leave_view(visit: Visit) -> web.Response:
    org = visit.session.view_org
    await end_view(visit)
    return visit.redirect(f"/operator/orgs/{quote(org, safe='')}" if org else "/operator/")


async def end_view(visit: Visit) -> None:
    """Ends the view at the backend too, so that no copy of the cookie opens it."""
    if not visit.session.view:
        return
    try:
        await visit.backend.delete(f"/v1/me/sign-ins/{quote(visit.session.view_id, safe='')}")
    except Refused as refused:
        if refused.status not in {401, 404}:  # it has ended already
            raise
    visit.session = visit.session.without_view()


ROUTES = (
    take("/operator/orgs/{id}/view", begin_view, Who.OPERATOR),
    take("/operator/leave-view", leave_view, Who.SIGNED_IN),
)
