"""Organisations, as their members see them."""

from collections.abc import Sequence
from typing import Annotated

import attrs

from msgspec import Meta

from aldea_core.domain.access.limits import OrgStatus
from aldea_core.domain.access.orgs import Org
from aldea_core.domain.access.people import Membership, Role
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.clock import Clock
from aldea_core.ports.members import Members
from aldea_core.ports.transaction import Transaction
from aldea_core.use_cases.access.create_org import CreateOrg
from aldea_core.use_cases.access.rename_org import RenameOrg
from aldea_core.use_cases.billing.delete_org import DeleteOrg
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.pages import PageQuery, page_of
from entrypoints.backend.pipeline.problems import ProblemError, ProblemKind
from entrypoints.backend.pipeline.routes import (
    SIGNED_IN,
    SIGNED_IN_SOMEHOW,
    Document,
    Operation,
    Resource,
    Wanted,
    for_admins,
    for_members,
    for_owners,
)
from entrypoints.backend.pipeline.texts import Moment, Name


# The most organisations one user may own, so that no user can fill the database.
MOST_ORGS = 50


class OrgDocument(Document, frozen=True, kw_only=True):
    """An organisation."""

    id: str
    name: str
    status: OrgStatus
    suspension_reason: Annotated[
        str | None, Meta(description="What the operator gave as the reason, if it is suspended.")
    ]
    created_at: Moment
    role: Annotated[Role, Meta(description="The caller's own.")]

    @classmethod
    def of(cls, org: Org, role: Role) -> "OrgDocument":
        return cls(
            id=org.id,
            name=org.name,
            status=org.status,
            suspension_reason=org.suspension_reason or None,
            created_at=org.created,
            role=role,
        )


@attrs.frozen
class OrgsOfCaller:
    """The organisations of the caller, as the caller's documents of them."""

    accounts: Accounts
    members: Members
    transaction: Transaction

    async def all_documents(self, call: Call) -> list[OrgDocument]:
        async with self.transaction.reading():
            return await self.documents(await self.memberships(call))

    async def memberships(self, call: Call) -> list[Membership]:
        """Oldest first; for a sign-in by a company's provider that organisation's alone."""
        return [
            membership
            for membership in await self.members.of_user(call.user.id)
            if call.company in {None, membership.org}
        ]

    async def documents(self, memberships: Sequence[Membership]) -> list[OrgDocument]:
        async with self.transaction.reading():
            found = [(await self.accounts.org(one.org), one.role) for one in memberships]
        return [OrgDocument.of(org, role) for org, role in found if org is not None]


class OrgList(Document, frozen=True, kw_only=True):
    items: list[OrgDocument]
    next: str | None


class NewOrg(Wanted, frozen=True, kw_only=True):
    name: Name


@attrs.frozen
class OrgRoutes(Resource):
    TAG = "Organisations"

    members: Members
    orgs_of_caller: OrgsOfCaller
    create_org: CreateOrg
    rename_org: RenameOrg
    delete_org: DeleteOrg
    clock: Clock

    @Operation(
        "GET", "/v1/orgs", SIGNED_IN_SOMEHOW, "List the organisations one is in", query=PageQuery
    )
    async def get_orgs(self, call: Call) -> OrgList:
        mine = await self.orgs_of_caller.memberships(call)
        page, following = page_of(mine, call.query(PageQuery), lambda mine: (mine.since, mine.org))
        return OrgList(items=await self.orgs_of_caller.documents(page), next=following)

    @Operation(
        "POST",
        "/v1/orgs",
        SIGNED_IN,
        "Make another organisation",
        body=NewOrg,
        status=201,
        action="org.created",
        refusals=(ProblemKind.CONFLICT,),
    )
    async def post_org(self, call: Call) -> OrgDocument:
        if len(await self.members.of_user(call.user.id)) >= MOST_ORGS:
            raise ProblemError(
                ProblemKind.CONFLICT, f"A user is in {MOST_ORGS} organisations at most."
            )
        org = await self.create_org(call.body(NewOrg).name)
        mine = Membership(call.user.id, org.id, Role.OWNER, self.clock.now())
        await self.members.put(mine)
        call.note(org.id, after={"name": org.name}, org=org.id)
        return OrgDocument.of(org, mine.role)

    @Operation("GET", "/v1/orgs/{org}", for_members("project:read"), "Show an organisation")
    async def get_org(self, call: Call) -> OrgDocument:
        return OrgDocument.of(call.org, call.role)

    @Operation(
        "PATCH",
        "/v1/orgs/{org}",
        for_admins("project:write"),
        "Rename an organisation",
        body=NewOrg,
        action="org.renamed",
        current=get_org,
    )
    async def patch_org(self, call: Call) -> OrgDocument:
        was, renamed = await self.rename_org(call.org.id, call.body(NewOrg).name)
        call.note(was.id, {"name": was.name}, {"name": renamed.name})
        return OrgDocument.of(renamed, call.role)

    @Operation(
        "DELETE",
        "/v1/orgs/{org}",
        for_owners(),
        "Delete an organisation",
        action="org.deleted",
        current=get_org,
        about="Its keys and open sessions, its memberships and invitations end. What it owes is invoiced "
        "first, of the current month too; invoices and usage are kept without its name.",
    )
    async def delete_whole_org(self, call: Call) -> None:
        await self.delete_org(call.org.id)
        call.note(call.org.id, {"name": call.org.name})
