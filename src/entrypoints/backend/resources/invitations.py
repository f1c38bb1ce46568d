"""Invitations to an organisation."""

from collections.abc import Sequence
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
from entrypoints.backend.pipeline.routes import SIGNED_IN, Document, Route, Wanted, admins
from entrypoints.backend.pipeline.texts import Email, Moment, TokenText
from entrypoints.backend.resources.members import RoleName, refused
from entrypoints.backend.resources.orgs import OrgDocument


_TAG = "Invitations"


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
class InvitationRoutes:
    accounts: Accounts
    invitations: Invitations
    invite: Invite
    accept: AcceptInvitation
    withdraw: WithdrawInvitation
    throttle: Throttle
    clock: Clock

    async def get_invitations(self, call: Call) -> InvitationList:
        query = call.query(OrderedPageQuery)
        wanted = page_by_time(query, newest_first=query.newest_first)
        found = await self.invitations.of_org(call.org.id, wanted)
        page, following = page_and_next(found, query, lambda one: (one.created, one.id))
        now = self.clock.now()
        items = [InvitationDocument.of(invitation, at=now) for invitation in page]
        return InvitationList(items=items, next=following)

    async def post_invitation(self, call: Call) -> InvitationDocument:
        wanted = call.body(NewInvitation)
        inviter = call.user.id if call.signed_in else None
        role = Role(wanted.role.value)
        made = await self.invite(call.org, wanted.email, role, by=call.role, inviter=inviter)
        if isinstance(made, OutOfRank):
            raise refused(made)
        call.note(made.id, after={"email": made.email, "role": made.role.value})
        return InvitationDocument.of(made, at=self.clock.now())

    async def post_invitation_again(self, call: Call) -> InvitationDocument:
        sent = await self.invite.again(call.org, InvitationId(call.path["invitation"]))
        call.note(sent.id, after={"email": sent.email, "role": sent.role.value})
        return InvitationDocument.of(sent, at=self.clock.now())

    async def delete_invitation(self, call: Call) -> None:
        gone = await self.withdraw(call.org.id, InvitationId(call.path["invitation"]))
        call.note(gone.id, {"email": gone.email, "role": gone.role.value})

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

    def routes(self) -> Sequence[Route]:
        return (
            Route(
                "GET",
                "/v1/orgs/{org}/invitations",
                self.get_invitations,
                admins("invites:read"),
                _TAG,
                "List invitations that were not accepted",
                query=OrderedPageQuery,
                answer=InvitationList,
            ),
            Route(
                "POST",
                "/v1/orgs/{org}/invitations",
                self.post_invitation,
                admins("invites:write"),
                _TAG,
                "Invite a person by email",
                body=NewInvitation,
                answer=InvitationDocument,
                status=201,
                action="invitation.created",
                refusals=(ProblemKind.CONFLICT, ProblemKind.TOO_MANY),
                about="Valid for seven days, for the reader of that address. "
                "An earlier one to the same address opens nothing then.",
            ),
            Route(
                "DELETE",
                "/v1/orgs/{org}/invitations/{invitation}",
                self.delete_invitation,
                admins("invites:write"),
                _TAG,
                "Take an invitation back",
                action="invitation.withdrawn",
            ),
            Route(
                "POST",
                "/v1/orgs/{org}/invitations/{invitation}/resend",
                self.post_invitation_again,
                admins("invites:write"),
                _TAG,
                "Send the email of an invitation again",
                answer=InvitationDocument,
                action="invitation.sent_again",
                refusals=(ProblemKind.TOO_MANY,),
                in_transaction=False,
                about="It is open for seven days anew, and the token of the email before opens nothing then.",
            ),
            Route(
                "POST",
                "/v1/invitations/accept",
                self.post_acceptance,
                SIGNED_IN,
                _TAG,
                "Accept an invitation",
                body=Acceptance,
                answer=OrgDocument,
                action="member.joined",
                refusals=(ProblemKind.TOO_MANY,),
                in_transaction=False,  # a rollback would undo the rate limiter's count
            ),
        )
