"""A project's members and invitations."""

from collections.abc import Sequence
from typing import Any

import attrs

from aldea_core.domain.errors import BadRequest, NotFound
from aldea_core.domain.ids import UserId
from aldea_core.domain.people import Membership, Role, User, proper_email
from aldea_core.ports.clock import Clock
from aldea_core.ports.members import Invitations, Members
from aldea_core.ports.users import Users
from aldea_core.protocol.errors import HttpError
from aldea_core.use_cases.change_member import ChangeRole, LastOwner, OutOfRank, RemoveMember
from aldea_core.use_cases.invite import Invite, WithdrawInvitation
from entrypoints.backend.deepgram.calls import ProjectCall, ProjectRoute
from entrypoints.backend.deepgram.reading import text
from entrypoints.web.refusals import Refusal


@attrs.frozen
class ProjectPeople:
    users: Users
    members: Members
    invitations: Invitations
    invite: Invite
    withdraw: WithdrawInvitation
    change_role: ChangeRole
    remove_member: RemoveMember
    clock: Clock

    async def list_members(self, call: ProjectCall) -> dict[str, Any]:
        memberships = await self.members.of_org(call.org.id)
        found = await self.users.some([membership.user for membership in memberships])
        users = {user.id: user for user in found}
        return {
            "members": [
                _member(membership, users[membership.user])
                for membership in memberships
                if membership.user in users
            ],
        }

    async def delete_member(self, call: ProjectCall) -> dict[str, Any]:
        user = UserId(call.path("member"))
        removed = await self.remove_member(call.org.id, user, by=call.role)
        if isinstance(removed, OutOfRank | LastOwner):
            raise _refused(removed)
        call.target, call.before = user, {"role": removed.role.value}
        return {"message": "The member was removed."}

    async def get_scopes(self, call: ProjectCall) -> dict[str, Any]:
        membership = await self.members.find(call.org.id, UserId(call.path("member")))
        if membership is None:
            raise NotFound("The project has no such member.")
        return {"scopes": [membership.role.value]}

    async def put_scopes(self, call: ProjectCall) -> dict[str, Any]:
        user, role = UserId(call.path("member")), _role(await call.body())
        changed = await self.change_role(call.org.id, user, role, by=call.role)
        if isinstance(changed, OutOfRank | LastOwner):
            raise _refused(changed)
        before, after = changed
        call.target = user
        call.before, call.after = {"role": before.role.value}, {"role": after.role.value}
        return {"message": "The member's scope was changed."}

    async def list_invites(self, call: ProjectCall) -> dict[str, Any]:
        now = self.clock.now()
        found = await self.invitations.of_org(call.org.id)
        return {
            "invites": [
                {"email": one.email, "scope": one.role.value} for one in found if one.opens(at=now)
            ],
        }

    async def post_invite(self, call: ProjectCall) -> dict[str, Any]:
        wanted = await call.body()
        email = proper_email(text(wanted, "email", longest=254))
        if "@" not in email.strip("@"):
            raise BadRequest("email must be an e-mail address.")
        made = await self.invite(call.org, email, _role(wanted), by=call.role, inviter=None)
        if isinstance(made, OutOfRank):
            raise _refused(made)
        call.target, call.after = made.id, {"email": made.email, "role": made.role.value}
        return {"message": "The invitation was sent."}

    async def delete_invite(self, call: ProjectCall) -> dict[str, Any]:
        email = proper_email(call.path("email"))
        for known in await self.invitations.of_org(call.org.id):
            if known.email == email:
                taken_back = await self.withdraw(call.org.id, known.id)
                call.target, call.before = known.id, {"email": taken_back.email}
                return {"message": "The invitation was taken back."}
        raise NotFound("The project has no such invitation.")

    def routes(self) -> Sequence[ProjectRoute]:
        members = "/v1/projects/{project}/members"
        one, invites = members + "/{member}", "/v1/projects/{project}/invites"
        change = "members:write"
        return (
            ProjectRoute("GET", members, "members:read", self.list_members),
            ProjectRoute("DELETE", one, change, self.delete_member, "member.removed"),
            ProjectRoute("GET", one + "/scopes", "members:read", self.get_scopes),
            ProjectRoute("PUT", one + "/scopes", change, self.put_scopes, "member.changed"),
            ProjectRoute("GET", invites, "invites:read", self.list_invites),
            ProjectRoute("POST", invites, "invites:write", self.post_invite, "invitation.created"),
            ProjectRoute(
                "DELETE",
                invites + "/{email}",
                "invites:write",
                self.delete_invite,
                "invitation.withdrawn",
            ),
        )


def _role(values: dict[str, Any]) -> Role:
    try:
        return Role(text(values, "scope"))
    except ValueError:
        raise BadRequest("scope must be owner, admin or member.") from None


def _member(membership: Membership, user: User) -> dict[str, Any]:
    first, _, last = user.name.partition(" ")
    return {
        "member_id": user.id,
        "scopes": [membership.role.value],
        "email": user.email,
        "first_name": first,
        "last_name": last,
    }


def _refused(why: OutOfRank | LastOwner) -> Refusal:
    return Refusal(HttpError(403, "INSUFFICIENT_PERMISSIONS", str(why)))
