"""For operators of the platform: all users, their second factors, and who the operators are."""

from typing import Annotated

import attrs

from msgspec import Meta

from aldea_core.domain.access.people import Membership, User
from aldea_core.domain.errors import existing
from aldea_core.domain.ids import UserId
from aldea_core.ports.members import Members
from aldea_core.ports.org_search import OrgSearch
from aldea_core.ports.users import Users
from aldea_core.use_cases.access.reset_second_factor import ResetSecondFactor
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.pages import PageQuery, page_and_next, page_by_time
from entrypoints.backend.pipeline.problems import ProblemKind
from entrypoints.backend.pipeline.routes import OPERATOR, Document, Operation, Resource
from entrypoints.backend.pipeline.texts import Moment, Text
from entrypoints.backend.resources.members import RoleName


class KnownUser(Document, frozen=True, kw_only=True):
    """A user, as operators see them."""

    id: str
    email: str
    name: str
    created_at: Moment
    confirmed_at: Annotated[
        Moment | None, Meta(description="When the address was confirmed; null is pending.")
    ]
    is_operator: bool

    @classmethod
    def of(cls, user: User) -> "KnownUser":
        return cls(
            id=user.id,
            email=user.email,
            name=user.name,
            created_at=user.created,
            confirmed_at=user.confirmed,
            is_operator=user.is_operator,
        )


class KnownUserList(Document, frozen=True, kw_only=True):
    items: list[KnownUser]
    next: str | None


class OperatorList(Document, frozen=True, kw_only=True):
    """By address."""

    items: list[KnownUser]


class OrgOfUser(Document, frozen=True, kw_only=True):
    org_id: str
    org_name: str
    role: RoleName
    joined_at: Moment

    @classmethod
    def of(cls, membership: Membership, name: str) -> "OrgOfUser":
        return cls(
            org_id=membership.org,
            org_name=name,
            role=RoleName(membership.role.value),
            joined_at=membership.since,
        )


class UserWithOrgs(Document, frozen=True, kw_only=True):
    user: KnownUser
    orgs: Annotated[list[OrgOfUser], Meta(description="That they are in, oldest first.")]


class UserQuery(PageQuery, frozen=True, kw_only=True):
    search: Annotated[Text, Meta(description="Part of the name or address, or the whole id.")] = ""


@attrs.frozen
class OperatorPeopleRoutes(Resource):
    TAG = "Operators"

    users: Users
    members: Members
    org_search: OrgSearch
    reset_second_factor: ResetSecondFactor

    @Operation("GET", "/v1/operator/users", OPERATOR, "Find users", query=UserQuery)
    async def get_known_users(self, call: Call) -> KnownUserList:
        query = call.query(UserQuery)
        found = await self.users.find(query.search, page_by_time(query))
        page, following = page_and_next(found, query, lambda one: (one.created, one.id))
        return KnownUserList(items=[KnownUser.of(user) for user in page], next=following)

    @Operation(
        "GET", "/v1/operator/users/{user}", OPERATOR, "Show any user, with their organisations"
    )
    async def get_known_user(self, call: Call) -> UserWithOrgs:
        user = existing(await self.users.of_id(UserId(call.path["user"])), "There is no such user.")
        memberships = await self.members.of_user(user.id)
        names = await self.org_search.names(one.org for one in memberships)
        orgs = [OrgOfUser.of(one, names.get(one.org, "")) for one in memberships]
        return UserWithOrgs(user=KnownUser.of(user), orgs=orgs)

    @Operation(
        "DELETE",
        "/v1/operator/users/{user}/second-factor",
        OPERATOR,
        "Turn off the second factor of a user who lost it",
        action="second_factor.reset",
        refusals=(ProblemKind.CONFLICT,),
        about="Make sure by other means that it is the user who asks. 409 if there is none. "
        "They sign in with their password alone, until they set up another one.",
    )
    async def delete_second_factor(self, call: Call) -> None:
        user = await self.reset_second_factor(UserId(call.path["user"]))
        call.note(user.id, {"second_factor": True}, {"second_factor": False})

    @Operation(
        "GET",
        "/v1/operator/operators",
        OPERATOR,
        "List the operators of the platform",
        about="`aldea operators` adds and removes them.",
    )
    async def get_operators(self, call: Call) -> OperatorList:
        return OperatorList(items=[KnownUser.of(user) for user in await self.users.operators()])
