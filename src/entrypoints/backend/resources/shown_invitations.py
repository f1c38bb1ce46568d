"""Invitations, as the readers of their emails see them."""

from typing import Annotated

import attrs

from msgspec import Meta

from aldea_core.use_cases.access.invite import DeclineInvitation, ShowInvitation, ShownInvitation
from aldea_core.use_cases.access.throttle import Throttle
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.problems import ProblemKind
from entrypoints.backend.pipeline.routes import ANYBODY, Document, Operation, Resource
from entrypoints.backend.pipeline.texts import Moment
from entrypoints.backend.resources.invitations import Acceptance
from entrypoints.backend.resources.members import RoleName


class ShownInvitationDocument(Document, frozen=True, kw_only=True):
    """An invitation, as the reader of its email sees it."""

    org_id: str
    org_name: str
    role: RoleName
    email: Annotated[str, Meta(description="The invited address.")]
    inviter_name: Annotated[str | None, Meta(description="Null if an API key invites.")]
    inviter_email: str | None
    expires_at: Moment
    has_account: Annotated[bool, Meta(description="Whether the address has an account.")]

    @classmethod
    def of(cls, shown: ShownInvitation) -> "ShownInvitationDocument":
        invitation, by = shown.invitation, shown.by
        return cls(
            org_id=shown.org.id,
            org_name=shown.org.name,
            role=RoleName(invitation.role.value),
            email=invitation.email,
            inviter_name=by.name if by else None,
            inviter_email=by.email if by else None,
            expires_at=invitation.expires,
            has_account=shown.has_account,
        )


@attrs.frozen
class ShownInvitationRoutes(Resource):
    TAG = "Invitations"

    show: ShowInvitation
    decline: DeclineInvitation
    throttle: Throttle

    @Operation(
        "POST",
        "/v1/invitations/show",
        ANYBODY,
        "Show an invitation to the reader of its email",
        body=Acceptance,
        refusals=(ProblemKind.TOO_MANY,),
        about="Changes nothing. The token is in the body and not in the address, so that no log has it.",
    )
    async def post_shown_invitation(self, call: Call) -> ShownInvitationDocument:
        await self.throttle.token(call.actor.address)
        return ShownInvitationDocument.of(await self.show(call.body(Acceptance).token))

    @Operation(
        "POST",
        "/v1/invitations/decline",
        ANYBODY,
        "Decline an invitation",
        body=Acceptance,
        action="invitation.declined",
        refusals=(ProblemKind.TOO_MANY,),
    )
    async def post_declined_invitation(self, call: Call) -> None:
        await self.throttle.token(call.actor.address)
        gone = await self.decline(call.body(Acceptance).token)
        call.note(gone.id, {"email": gone.email, "role": gone.role.value}, org=gone.org)
