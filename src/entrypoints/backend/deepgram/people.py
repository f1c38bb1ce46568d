"""A project's members and invitations."""

from typing import Any

import attrs

from aldea_core.domain.access.people import Membership, Role, User, proper_email
from aldea_core.domain.errors import existing
from aldea_core.domain.ids import UserId
from aldea_core.ports.clock import Clock
from aldea_core.ports.members import Invitations, Members
from aldea_core.ports.users import Users
from aldea_core.use_cases.access.change_member import ChangeRole, LastOwner, OutOfRank, RemoveMember
from aldea_core.use_cases.access.invite import Invite, WithdrawInvitation
from entrypoints.backend.deepgram import documents
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.problems import ProblemKind
from entrypoints.backend.pipeline.routes import Operation, Resource, Wanted, for_keys
from entrypoints.backend.pipeline.texts import Email
from entrypoints.backend.resources.members import RoleName, refused


class NewScope(Wanted, frozen=True, kw_only=True):
    """Deepgram's name for a member's role is scope."""

    scope: RoleName


class NewInvite(NewScope, frozen=True, kw_only=True):
    email: Email


@attrs.frozen
class ProjectPeople(Resource):
    TAG = "Projects: members"

    users: Users
    members: Members
    invitations: Invitations
    invite: Invite
    withdraw: WithdrawInvitation
    change_role: ChangeRole
    remove_member: RemoveMember
    clock: Clock

    @Operation(
        "GET",
        "/v1/projects/{project}/members",
        for_keys("members:read"),
        "List members",
        answer=documents.ProjectMembers,
    )
    async def list_members(self, call: Call) -> dict[str, Any]:
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

    @Operation(
        "DELETE",
        "/v1/projects/{project}/members/{member}",
        for_keys("members:write"),
        "Remove a member",
        action="member.removed",
        answer=documents.Done,
    )
    async def delete_member(self, call: Call) -> dict[str, Any]:
        user = UserId(call.path["member"])
        removed = await self.remove_member(call.org.id, user, by=call.role)
        if isinstance(removed, OutOfRank | LastOwner):
            raise refused(removed)
        call.note(user, {"role": removed.role.value})
        return {"message": "The member was removed."}

    @Operation(
        "GET",
        "/v1/projects/{project}/members/{member}/scopes",
        for_keys("members:read"),
        "Show a role",
        answer=documents.MemberScopes,
    )
    async def get_scopes(self, call: Call) -> dict[str, Any]:
        found = await self.members.find(call.org.id, UserId(call.path["member"]))
        membership = existing(found, "The project has no such member.")
        return {"scopes": [membership.role.value]}

    @Operation(
        "PUT",
        "/v1/projects/{project}/members/{member}/scopes",
        for_keys("members:write"),
        "Change a role",
        body=NewScope,
        action="member.role_changed",
        answer=documents.Done,
    )
    async def put_scopes(self, call: Call) -> dict[str, Any]:
        user, role = UserId(call.path["member"]), Role(call.body(NewScope).scope.value)
        changed = await self.change_role(call.org.id, user, role, by=call.role)
        if isinstance(changed, OutOfRank | LastOwner):
            raise refused(changed)
        before, after = changed
        call.note(user, {"role": before.role.value}, {"role": after.role.value})
        return {"message": "The member's scope was changed."}

    @Operation(
        "GET",
        "/v1/projects/{project}/invites",
        for_keys("invites:read"),
        "List invitations",
        answer=documents.ProjectInvites,
    )
    async def list_invites(self, call: Call) -> dict[str, Any]:
        now = self.clock.now()
        found = await self.invitations.of_org(call.org.id)
        return {
            "invites": [
                {"email": one.email, "scope": one.role.value} for one in found if one.opens(at=now)
            ],
        }

    @Operation(
        "POST",
        "/v1/projects/{project}/invites",
        for_keys("invites:write"),
        "Invite a person",
        body=NewInvite,
        action="invitation.created",
        refusals=(ProblemKind.TOO_MANY,),
        in_transaction=True,  # what is counted is what was sent
        answer=documents.Done,
    )
    async def post_invite(self, call: Call) -> dict[str, Any]:
        wanted = call.body(NewInvite)
        role = Role(wanted.scope.value)
        made = await self.invite(call.org, wanted.email, role, by=call.role, inviter=None)
        if isinstance(made, OutOfRank):
            raise refused(made)
        call.note(made.id, after={"email": made.email, "role": made.role.value})
        return {"message": "The invitation was sent."}

    @Operation(
        "DELETE",
        "/v1/projects/{project}/invites/{email}",
        for_keys("invites:write"),
        "Take an invitation back",
        action="invitation.withdrawn",
        answer=documents.Done,
    )
    async def delete_invite(self, call: Call) -> dict[str, Any]:
        email = proper_email(call.path["email"])
        found = await self.invitations.of_email(call.org.id, email)
        known = existing(found, "The project has no such invitation.")
        taken_back = await self.withdraw(call.org.id, known.id)
        call.note(known.id, {"email": taken_back.email, "role": taken_back.role.value})
        return {"message": "The invitation was taken back."}


def _member(membership: Membership, user: User) -> dict[str, Any]:
    first, _, last = user.name.partition(" ")
    return {
        "member_id": user.id,
        "scopes": [membership.role.value],
        "email": user.email,
        "first_name": first,
        "last_name": last,
    }
