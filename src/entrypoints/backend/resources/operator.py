"""For operators of the platform: all organisations."""

import enum

from typing import Annotated

import attrs

from msgspec import Meta

from aldea_core.domain.access.audit import Facts
from aldea_core.domain.access.keys import KeySecret
from aldea_core.domain.access.limits import OrgStatus
from aldea_core.domain.access.orgs import Org, OrgFilter
from aldea_core.domain.access.people import Invitation
from aldea_core.domain.errors import existing
from aldea_core.domain.ids import OrgId
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.audit import AuditLog
from aldea_core.ports.clock import Clock
from aldea_core.ports.org_search import OrgSearch
from aldea_core.use_cases.access.change_status import ChangeStatus
from aldea_core.use_cases.access.create_org_for import CreateOrgFor, InviteOwner
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.pages import PageQuery, page_and_next, page_by_time
from entrypoints.backend.pipeline.problems import ProblemKind, invalid
from entrypoints.backend.pipeline.routes import (
    OPERATOR,
    Document,
    Operation,
    Resource,
    Wanted,
)
from entrypoints.backend.pipeline.texts import Email, Moment, Name, Text
from entrypoints.backend.resources.audit import AuditPage, AuditQuery, audit_page
from entrypoints.backend.resources.invitations import InvitationDocument
from entrypoints.backend.resources.limits import LimitsDocument


class Status(enum.Enum):
    ACTIVE = OrgStatus.ACTIVE.value
    SUSPENDED = OrgStatus.SUSPENDED.value


class KnownOrg(Document, frozen=True, kw_only=True):
    """An organisation, as operators see it."""

    id: str
    name: str
    status: Status
    suspension_reason: str | None
    created_at: Moment
    limits: LimitsDocument

    @classmethod
    def of(cls, org: Org) -> "KnownOrg":
        return cls(
            id=org.id,
            name=org.name,
            status=Status(org.status.value),
            suspension_reason=org.suspension_reason or None,
            created_at=org.created,
            limits=LimitsDocument.of(org.limits),
        )


class KnownOrgList(Document, frozen=True, kw_only=True):
    items: list[KnownOrg]
    next: str | None


class OrgQuery(PageQuery, frozen=True, kw_only=True):
    """Which organisations."""

    search: Annotated[
        Text,
        Meta(
            description="Part of the organisation's name, or of a member's name or address; or the "
            "whole id, or the whole hint of a key."
        ),
    ] = ""
    status: Status | None = None

    @property
    def which(self) -> OrgFilter:
        status = None if self.status is None else OrgStatus(self.status.value)
        return OrgFilter(self.search, status)


class NewKnownOrg(Wanted, frozen=True, kw_only=True):
    name: Name
    owner_email: Annotated[
        Email | None, Meta(description="Who is invited to own it; null: it has no owner yet.")
    ] = None


class NewOwner(Wanted, frozen=True, kw_only=True):
    email: Email


class NewStatus(Wanted, frozen=True, kw_only=True):
    status: Status
    reason: Annotated[
        Text, Meta(description="Of the suspension, for its members; of its lifting, for the log.")
    ] = ""


async def org_of(accounts: Accounts, call: Call) -> Org:
    """
    The org in the path, which may be any org of the platform.

    Raises:
        NotFound: There is no such org.
    """
    return existing(await accounts.org(OrgId(call.path["org"])), "There is no such organisation.")


@attrs.frozen
class OperatorRoutes(Resource):
    TAG = "Operators"

    accounts: Accounts
    org_search: OrgSearch
    audit: AuditLog
    change_status: ChangeStatus
    create_org_for: CreateOrgFor
    invite_owner: InviteOwner
    clock: Clock

    @Operation("GET", "/v1/operator/orgs", OPERATOR, "Find organisations", query=OrgQuery)
    async def get_known_orgs(self, call: Call) -> KnownOrgList:
        query = call.query(OrgQuery)
        if KeySecret.parse(query.search) is not None:
            raise invalid("search", "Send the hint of a key, its first characters: not the key.")
        found = await self.org_search.find(query.which, page_by_time(query))
        page, following = page_and_next(found, query, lambda org: (org.created, org.id))
        return KnownOrgList(items=[KnownOrg.of(org) for org in page], next=following)

    @Operation(
        "POST",
        "/v1/operator/orgs",
        OPERATOR,
        "Make an organisation for another person",
        body=NewKnownOrg,
        status=201,
        action="org.created",
    )
    async def post_known_org(self, call: Call) -> KnownOrg:
        wanted = call.body(NewKnownOrg)
        org, invitation = await self.create_org_for(
            wanted.name, wanted.owner_email, by=call.user.id
        )
        call.note(org.id, after={"name": org.name}, org=org.id)
        if invitation is not None:
            _note_invitation(call, invitation)
        return KnownOrg.of(org)

    @Operation(
        "POST",
        "/v1/operator/orgs/{org}/owners",
        OPERATOR,
        "Invite an owner to any organisation",
        body=NewOwner,
        status=201,
        action="invitation.created",
        refusals=(ProblemKind.CONFLICT, ProblemKind.TOO_MANY),
        in_transaction=True,  # what is counted is what was sent
        about="For organisations that have none, as those made by the command line.",
    )
    async def post_owner(self, call: Call) -> InvitationDocument:
        org = await self._org(call)
        made = await self.invite_owner(org, call.body(NewOwner).email, by=call.user.id)
        _note_invitation(call, made)
        return InvitationDocument.of(made, at=self.clock.now())

    @Operation("GET", "/v1/operator/orgs/{org}", OPERATOR, "Show any organisation")
    async def get_known_org(self, call: Call) -> KnownOrg:
        return KnownOrg.of(await self._org(call))

    @Operation(
        "PATCH",
        "/v1/operator/orgs/{org}",
        OPERATOR,
        "Suspend or activate an organisation",
        body=NewStatus,
        action="org.status_changed",
        current=get_known_org,
        about="Suspended, its keys open nothing, and its streams end within 5 seconds.",
    )
    async def patch_status(self, call: Call) -> KnownOrg:
        wanted, org = call.body(NewStatus), OrgId(call.path["org"])
        status = OrgStatus(wanted.status.value)
        before, after = await self.change_status(org, status, wanted.reason)
        call.note(
            org, _facts(before, before.suspension_reason), _facts(after, wanted.reason), org=org
        )
        return KnownOrg.of(after)

    @Operation(
        "GET",
        "/v1/operator/orgs/{org}/audit",
        OPERATOR,
        "List what was changed in any organisation",
        query=AuditQuery,
    )
    async def get_known_audit(self, call: Call) -> AuditPage:
        org = await self._org(call)
        return await audit_page(self.audit, org.id, call.query(AuditQuery))

    async def _org(self, call: Call) -> Org:
        return await org_of(self.accounts, call)


def _facts(org: Org, reason: str) -> Facts:
    return {"status": org.status.value, **({"reason": reason} if reason else {})}


def _note_invitation(call: Call, made: Invitation) -> None:
    after = {"email": made.email, "role": made.role.value}
    call.note(made.id, after=after, org=made.org, action="invitation.created")
