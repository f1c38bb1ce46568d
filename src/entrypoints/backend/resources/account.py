"""One's account: its confirmation again, change of its address, and its deletion."""

from typing import Annotated

import attrs

from msgspec import Meta

from aldea_core.domain.access import attempt_limits
from aldea_core.domain.access.audit import Actor
from aldea_core.domain.access.people import EmailChange
from aldea_core.domain.access.tokens import TokenKind
from aldea_core.domain.errors import existing
from aldea_core.ports.email_changes import EmailChanges
from aldea_core.use_cases.access.change_email import ConfirmEmailChange, RequestEmailChange
from aldea_core.use_cases.access.delete_account import DeleteAccount
from aldea_core.use_cases.access.sign_up import ConfirmAgain
from aldea_core.use_cases.access.throttle import Throttle
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.problems import ProblemError, ProblemKind
from entrypoints.backend.pipeline.routes import (
    ANYBODY,
    SIGNED_IN,
    Document,
    Operation,
    Resource,
    Wanted,
)
from entrypoints.backend.pipeline.texts import Email, Moment, Password, TokenText
from entrypoints.backend.resources.sign_in import Accepted


class Unconfirmed(Wanted, frozen=True, kw_only=True):
    email: Email


class NewEmail(Wanted, frozen=True, kw_only=True):
    """The password is asked for, since a session may be left open."""

    email: Email
    password: Password


class EmailToken(Wanted, frozen=True, kw_only=True):
    token: Annotated[TokenText, Meta(description="From one of the two emails.")]


class EmailChangeDocument(Document, frozen=True, kw_only=True):
    """A change of the address, which both addresses confirm."""

    email: Annotated[str, Meta(description="The new address.")]
    expires_at: Moment
    is_confirmed_by_old: bool
    is_confirmed_by_new: bool
    is_complete: bool

    @classmethod
    def of(cls, change: EmailChange) -> "EmailChangeDocument":
        return cls(
            email=change.email,
            expires_at=change.expires,
            is_confirmed_by_old=TokenKind.CHANGE_FROM in change.confirmed,
            is_confirmed_by_new=TokenKind.CHANGE_TO in change.confirmed,
            is_complete=change.is_complete,
        )


class Deletion(Wanted, frozen=True, kw_only=True):
    password: Password


@attrs.frozen
class AccountRoutes(Resource):
    TAG = "Oneself"

    confirm_again: ConfirmAgain
    email_changes: EmailChanges
    request_email_change: RequestEmailChange
    confirm_email_change: ConfirmEmailChange
    delete_account: DeleteAccount
    throttle: Throttle

    @Operation(
        "POST",
        "/v1/confirm/resend",
        ANYBODY,
        "Ask for the email of a confirmation again",
        tag="Signing up and in",
        body=Unconfirmed,
        status=202,
        refusals=(ProblemKind.TOO_MANY,),
        about="The answer is the same for an address that waits for no confirmation.",
    )
    async def post_confirm_again(self, call: Call) -> Accepted:
        email = call.body(Unconfirmed).email
        await self.throttle.email(email, call.actor.address, attempt_limits.SIGN_UP_EMAILS)
        await self.confirm_again(email)
        return Accepted(
            message="If the account waits for its confirmation, an email is on its way."
        )

    @Operation(
        "POST",
        "/v1/me/email",
        SIGNED_IN,
        "Ask for another email address",
        body=NewEmail,
        status=202,
        action="user.email_asked",
        refusals=(ProblemKind.CONFLICT, ProblemKind.TOO_MANY),
        about="Sends an email to the old and to the new address; each has a token to confirm by, within "
        "a day. The answer is the same for an address that has an account already.",
    )
    async def post_email(self, call: Call) -> EmailChangeDocument:
        wanted = call.body(NewEmail)
        await self.throttle(attempt_limits.EMAIL_CHANGES_OF_USER, call.user.id)
        change = await self.request_email_change(call.user, wanted.email, wanted.password)
        call.note(call.user.id, after={"email": change.email})
        return EmailChangeDocument.of(change)

    @Operation(
        "GET",
        "/v1/me/email",
        SIGNED_IN,
        "Show the change of the email address that is under way",
        refusals=(ProblemKind.NOT_FOUND,),
    )
    async def get_email_change(self, call: Call) -> EmailChangeDocument:
        return EmailChangeDocument.of(await self._change_of(call))

    @Operation(
        "DELETE",
        "/v1/me/email",
        SIGNED_IN,
        "Give up the change of the email address",
        action="user.email_kept",
        refusals=(ProblemKind.NOT_FOUND,),
    )
    async def delete_email_change(self, call: Call) -> None:
        change = await self._change_of(call)
        await self.email_changes.remove(call.user.id)
        call.note(call.user.id, {"email": change.email})

    @Operation(
        "POST",
        "/v1/me/email/confirm",
        ANYBODY,
        "Confirm the change of an email address",
        body=EmailToken,
        action="user.email_changed",
        refusals=(ProblemKind.TOO_MANY,),
        about="The second of both confirmations completes it. Sign-ins go on.",
    )
    async def post_email_confirm(self, call: Call) -> EmailChangeDocument:
        await self.throttle.token(call.actor.address)
        user, change = await self.confirm_email_change(call.body(EmailToken).token)
        call.acts_as(user)
        if change.is_complete:
            call.note(user.id, {"email": user.email}, {"email": change.email})
        return EmailChangeDocument.of(change)

    @Operation(
        "POST",
        "/v1/me/delete",
        SIGNED_IN,
        "Delete one's account",
        body=Deletion,
        action="user.deleted",
        refusals=(ProblemKind.CONFLICT, ProblemKind.TOO_MANY),
        about="Every sign-in and membership ends. The last owner of an organisation deletes it first, "
        "or makes another member an owner; the refusal says who that could be.",
    )
    async def post_account_deletion(self, call: Call) -> None:
        user = call.user
        owns = await self.delete_account(user, call.body(Deletion).password)
        if owns is not None:
            raise ProblemError(ProblemKind.CONFLICT, str(owns))
        call.actor = Actor(call.actor.kind, user.id, "", call.actor.address)
        call.note(user.id)

    async def _change_of(self, call: Call) -> EmailChange:
        change = await self.email_changes.of_user(call.user.id)
        return existing(change, "No change of the address is under way.")
