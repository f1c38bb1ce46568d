"""Members of an organisation, and their roles."""

import enum

from typing import assert_never

import attrs

from aldea_core.domain.access.people import Membership, Role, User
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import UserId
from aldea_core.ports.members import Members
from aldea_core.ports.users import Users
from aldea_core.use_cases.access.change_member import ChangeRole, LastOwner, OutOfRank, RemoveMember
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.pages import PageQuery, page_and_next, page_by_time
from entrypoints.backend.pipeline.problems import ProblemError, ProblemKind
from entrypoints.backend.pipeline.routes import (
    Document,
    Operation,
    Resource,
    Wanted,
    for_admins,
    for_members,
)
from entrypoints.backend.pipeline.texts import Moment


class RoleName(enum.Enum):
    OWNER = Role.OWNER.value
    ADMIN = Role.ADMIN.value
    MEMBER = Role.MEMBER.value


class MemberDocument(Document, frozen=True, kw_only=True):
    """A member of the organisation."""

    id: str
    email: str
    name: str
    role: RoleName
    joined_at: Moment

    @classmethod
    def of(cls, membership: Membership, user: User) -> "MemberDocument":
        return cls(
            id=user.id,
            email=user.email,
            name=user.name,
            role=RoleName(membership.role.value),
            joined_at=membership.since,
        )


class MemberList(Document, frozen=True, kw_only=True):
    items: list[MemberDocument]
    next: str | None


class NewRole(Wanted, frozen=True, kw_only=True):
    role: RoleName


@attrs.frozen
class MemberRoutes(Resource):
    TAG = "Members"

    users: Users
    members: Members
    change_role: ChangeRole
    remove_member: RemoveMember

    @Operation(
        "GET",
        "/v1/orgs/{org}/members",
        for_members("members:read"),
        "List members",
        query=PageQuery,
    )
    async def get_members(self, call: Call) -> MemberList:
        query = call.query(PageQuery)
        found = await self.members.of_org(call.org.id, page=page_by_time(query))
        page, following = page_and_next(found, query, lambda one: (one.since, one.user))
        users = {user.id: user for user in await self.users.some([one.user for one in page])}
        items = [MemberDocument.of(one, users[one.user]) for one in page if one.user in users]
        return MemberList(items=items, next=following)

    @Operation(
        "GET", "/v1/orgs/{org}/members/{member}", for_members("members:read"), "Show a member"
    )
    async def get_member(self, call: Call) -> MemberDocument:
        member = UserId(call.path["member"])
        membership = await self.members.find(call.org.id, member)
        user = await self.users.of_id(member)
        if membership is None or user is None:
            raise NotFound("The organisation has no such member.")
        return MemberDocument.of(membership, user)

    @Operation(
        "PATCH",
        "/v1/orgs/{org}/members/{member}",
        for_admins("members:write"),
        "Change a member's role",
        body=NewRole,
        action="member.role_changed",
        current=get_member,
        refusals=(ProblemKind.CONFLICT,),
        about="Members may not change those who rank above them; the last owner stays one.",
    )
    async def patch_member(self, call: Call) -> MemberDocument:
        member = UserId(call.path["member"])
        role = Role(call.body(NewRole).role.value)
        match await self.change_role(call.org.id, member, role, by=call.role):
            case OutOfRank() | LastOwner() as no:
                raise refused(no)
            case before, after:
                call.note(member, {"role": before.role.value}, {"role": after.role.value})
        return await self.get_member(call)

    @Operation(
        "DELETE",
        "/v1/orgs/{org}/members/{member}",
        for_admins("members:write"),
        "Remove a member",
        action="member.removed",
        refusals=(ProblemKind.CONFLICT,),
    )
    async def delete_member(self, call: Call) -> None:
        await self._remove(call, UserId(call.path["member"]))

    @Operation(
        "POST",
        "/v1/orgs/{org}/leave",
        for_members(),
        "Leave an organisation",
        action="member.left",
        refusals=(ProblemKind.CONFLICT,),
    )
    async def post_leave(self, call: Call) -> None:
        await self._remove(call, call.user.id)

    async def _remove(self, call: Call, member: UserId) -> None:
        match await self.remove_member(call.org.id, member, by=call.role):
            case OutOfRank() | LastOwner() as no:
                raise refused(no)
            case before:
                call.note(member, {"role": before.role.value})


def refused(no: OutOfRank | LastOwner) -> ProblemError:
    match no:
        case OutOfRank():
            return ProblemError(ProblemKind.NOT_ALLOWED, str(no))
        case LastOwner():
            return ProblemError(ProblemKind.CONFLICT, str(no))
        case _:
            assert_never(no)
