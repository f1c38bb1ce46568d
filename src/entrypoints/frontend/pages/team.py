"""Members of an org, their roles, and invitations."""

import asyncio

from typing import Any

from aiohttp import web

from entrypoints.frontend.backend import Refused
from entrypoints.frontend.links import following
from entrypoints.frontend.routing import Who, show, take
from entrypoints.frontend.visit import Visit


ROLES = (
    ("member", "Member", "Sees usage and members, and tries the playground."),
    ("admin", "Admin", "Also makes keys, invites and ends sessions."),
    ("owner", "Owner", "Also sets the spending cap and decides about owners."),
)
_RANKS = {"member": 0, "admin": 1, "owner": 2}


async def show_team(visit: Visit) -> web.Response:
    return await _team_page(visit, {})


async def invite(visit: Visit) -> web.Response:
    wanted = {"email": visit.form.get("email", ""), "role": visit.form.get("role", "member")}
    try:
        await visit.backend.post(visit.of_org("/invitations"), wanted, once=visit.once)
    except Refused as refused:
        refused.must_be(403, 409, 422, 429)
        return await _team_page(visit, refused.by_field("email"))
    said = f"{wanted['email']} is invited. The email's link is good for seven days."
    return visit.redirect(visit.at("/team"), said)


async def withdraw(visit: Visit) -> web.Response:
    await visit.backend.delete(visit.of_org(f"/invitations/{visit.part('invitation')}"))
    return visit.redirect(visit.at("/team"), "The invitation is withdrawn; its link opens nothing.")


async def send_again(visit: Visit) -> web.Response:
    path = visit.of_org(f"/invitations/{visit.part('invitation')}/resend")
    sent = (await visit.backend.post(path)).document
    said = f"{sent['email']} is sent the invitation again, good for seven days. The link of before opens nothing."
    return visit.redirect(visit.at("/team"), said)


async def show_member(visit: Visit) -> web.Response:
    return await _member_page(visit)


async def change_role(visit: Visit) -> web.Response:
    path = visit.of_org(f"/members/{visit.part('member')}")
    seen = await visit.backend.call("GET", path)
    role = visit.form.get("role", "")
    try:
        await visit.backend.change("PATCH", path, {"role": role}, etag=seen.etag)
    except Refused as refused:
        refused.must_be(403, 409)
        return await _member_page(visit, refused.detail, status=refused.status)
    return visit.redirect(visit.at("/team"), f"{_called(seen.document)} is {role} now.")


async def remove_member(visit: Visit) -> web.Response:
    path = visit.of_org(f"/members/{visit.part('member')}")
    member = await visit.backend.get(path)
    try:
        await visit.backend.delete(path)
    except Refused as refused:
        refused.must_be(403, 409)
        return await _member_page(visit, refused.detail, status=refused.status)
    return visit.redirect(visit.at("/team"), f"{_called(member)} is no member any more.")


async def _team_page(visit: Visit, errors: dict[str, str]) -> web.Response:
    members, invitations = await asyncio.gather(
        visit.backend.get(visit.of_org("/members"), limit=100, cursor=visit.query.get("cursor")),
        _invitations(visit),
    )
    return visit.page(
        "team.html",
        members=members["items"],
        following=following(members["next"]),
        invitations=invitations["items"],
        more_invited=following(invitations["next"], name="invited"),
        errors=errors,
        roles=[role for role in ROLES if _may_give(visit, role[0])],
        values={"email": visit.form.get("email", ""), "role": visit.form.get("role", "member")},
        once=visit.new_once(),
    )


async def _invitations(visit: Visit) -> Any:
    """A page of the invitations, newest first."""
    if not visit.is_admin:
        return {"items": [], "next": None}
    return await visit.backend.get(
        visit.of_org("/invitations"), order="newest", limit=100, cursor=visit.query.get("invited")
    )


async def _member_page(visit: Visit, error: str = "", *, status: int = 200) -> web.Response:
    member = await visit.backend.get(visit.of_org(f"/members/{visit.part('member')}"))
    return visit.page(
        "member.html",
        status=status,
        member=member,
        error=error,
        roles=[role for role in ROLES if _may_give(visit, role[0])],
        may_change=_may_give(visit, member["role"]),
    )


def _may_give(visit: Visit, role: str) -> bool:
    return _RANKS.get(role, 9) <= _RANKS.get(visit.role, -1)


def _called(member: Any) -> str:
    return str(member["name"] or member["email"])


_MEMBER = "/o/{org}/team/{member}"
ROUTES = (
    show("/o/{org}/team", show_team),
    take("/o/{org}/team", invite, Who.ADMIN),
    take("/o/{org}/team/invitations/{invitation}/withdraw", withdraw, Who.ADMIN),
    take("/o/{org}/team/invitations/{invitation}/send-again", send_again, Who.ADMIN),
    show(_MEMBER, show_member, Who.ADMIN),
    take(_MEMBER, change_role, Who.ADMIN),
    take(_MEMBER + "/remove", remove_member, Who.ADMIN),
)
