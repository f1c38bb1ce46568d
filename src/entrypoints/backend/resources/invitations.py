"""Invitations to an organisation."""

from datetime import datetime

import attrs

from aldea_core.domain.access import attempt_limits
from aldea_core.domain.access.people import Invitation, Role
from aldea_core.domain.errors import BadRequest
from aldea_core.domain.ids import InvitationId
from aldea_core.ports.accounts import Accounts
from aldea_core.ports.clock import Clock
from aldea_core.ports.members import Invitations
from aldea_core.use_cases.access.change_member import OutOfRank
from aldea_core.use_cases.access.invite import AcceptInvitation, Invite, WithdrawInvitation
from aldea_core.use_cases.access.throttle import Throttle
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.pages import (
    OrderedPageQuery,
    page_and_next,
    page_by_time,
)
from entrypoints.backend.pipeline.problems import ProblemKind, invalid
from entrypoints.backend.pipeline.routes import (
    SIGNED_IN,
    Document,
    Operation,
    Resource,
    Wanted,
    for_admins,
)
from entrypoints.backend.pipeline.texts import Email, Moment, TokenText
from entrypoints.backend.resources.members import RoleName, refused
from entrypoints.backend.resources.orgs import OrgDocument


class InvitationDocument(Document, frozen=True, kw_only=True):
    """An invitation; its token is only in the email."""

    id: str
    email: str
    role: RoleName
    created_at: Moment
    expires_at: Moment
    is_open: bool

    @classmethod
    def of(cls, invitation: Invitation, *, at: datetime) -> "InvitationDocument":
        return cls(
            id=invitation.id,
            email=invitation.email,
            role=RoleName(invitation.role.value),
            created_at=invitation.created,
            expires_at=invitation.expires,
            is_open=invitation.opens(at=at),
        )


class InvitationList(Document, frozen=True, kw_only=True):
    items: list[InvitationDocument]
    next: str | None


class NewInvitation(Wanted, frozen=True, kw_only=True):
    email: Email
    role: RoleName = RoleName.MEMBER


class Acceptance(Wanted, frozen=True, kw_only=True):
    token: TokenText


@attrs.frozen
class InvitationRoutes(Resource):
    TAG = "Invitations"

    accounts: Accounts
    invitations: Invitations
    invite: Invite
    accept: AcceptInvitation
    withdraw: WithdrawInvitation
    throttle: Throttle
    clock: Clock

    @Operation(
        "GET",
        "/v1/orgs/{org}/invitations",
        for_admins("invites:read"),
        "List invitations that were not accepted",
        query=OrderedPageQuery,
    )
    async def get_invitations(self, call: Call) -> InvitationList:
        query = call.query(OrderedPageQuery)
        wanted = page_by_time(query, newest_first=query.newest_first)
        found = await self.invitations.of_org(call.org.id, wanted)
        page, following = page_and_next(found, query, lambda one: (one.created, one.id))
        now = self.clock.now()
        items = [InvitationDocument.of(invitation, at=now) for invitation in page]
        return InvitationList(items=items, next=following)

    @Operation(
        "POST",
        "/v1/orgs/{org}/invitations",
        for_admins("invites:write"),
        "Invite a person by email",
        body=NewInvitation,
        status=201,
        action="invitation.created",
        refusals=(ProblemKind.CONFLICT, ProblemKind.TOO_MANY),
        in_transaction=True,  # what is counted is what was sent
        about="Valid for seven days, for the reader of that address. "
        "An earlier one to the same address opens nothing then.",
    )
    async def post_invitation(self, call: Call) -> InvitationDocument:
        wanted = call.body(NewInvitation)
        inviter = call.user.id if call.signed_in else None
        role = Role(wanted.role.value)
        made = await self.invite(call.org, wanted.email, role, by=call.role, inviter=inviter)
        if isinstance(made, OutOfRank):
            raise refused(made)
        call.note(made.id, after={"email": made.email, "role": made.role.value})
        return InvitationDocument.of(made, at=self.clock.now())

    @Operation(
        "DELETE",
        "/v1/orgs/{org}/invitations/{invitation}",
        for_admins("invites:write"),
        "Take an invitation back",
        action="invitation.withdrawn",
    )
    async def delete_invitation(self, call: Call) -> None:
        gone = await self.withdraw(call.org.id, InvitationId(call.path["invitation"]))
        call.note(gone.id, {"email": gone.email, "role": gone.role.value})

    @Operation(
        "POST",
        "/v1/orgs/{org}/invitations/{invitation}/resend",
        for_admins("invites:write"),
        "Send the email of an invitation again",
        action="invitation.sent_again",
        refusals=(ProblemKind.TOO_MANY,),
        about="It is open for seven days anew, and the token of the email before opens nothing then.",
    )
    async def post_invitation_again(self, call: Call) -> InvitationDocument:
        sent = await self.invite.again(call.org, InvitationId(call.path["invitation"]))
        call.note(sent.id, after={"email": sent.email, "role": sent.role.value})
        return InvitationDocument.of(sent, at=self.clock.now())

    @Operation(
        "POST",
        "/v1/invitations/accept",
        SIGNED_IN,
        "Accept an invitation",
        body=Acceptance,
        action="member.joined",
        refusals=(ProblemKind.TOO_MANY,),
    )
    async def post_acceptance(self, call: Call) -> OrgDocument:
        await self.throttle(attempt_limits.TOKENS_OF_USER, call.user.id)
        try:
            membership = await self.accept(call.user, call.body(Acceptance).token)
        except BadRequest as error:
            raise invalid("token", str(error)) from None
        call.note(call.user.id, after={"role": membership.role.value}, org=membership.org)
        org = await self.accounts.org(membership.org)
        assert org is not None, "memberships go with their org"
        return OrgDocument.of(org, membership.role)
