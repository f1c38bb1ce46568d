"""Signing up and signing in."""

from typing import Annotated

import attrs

from msgspec import Meta

from aldea_core.domain.access import attempt_limits
from aldea_core.domain.access.tokens import Token
from aldea_core.use_cases.access.open_account import AccountDetails, OpenedAccount
from aldea_core.use_cases.access.sign_in import BeginSignIn, Challenge, SignedIn
from aldea_core.use_cases.access.sign_up import ConfirmAddress, SignUp
from aldea_core.use_cases.access.throttle import Throttle
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.problems import ProblemError, ProblemKind
from entrypoints.backend.pipeline.routes import (
    ANYBODY,
    Document,
    Operation,
    Resource,
    Wanted,
)
from entrypoints.backend.pipeline.texts import Email, Moment, Name, NewPassword, Password, TokenText
from entrypoints.backend.resources.me import Me


_ORG_NAME = "My organisation"


class NewAccount(Wanted, frozen=True, kw_only=True):
    """
    A new user, with an organisation of their own.

    With an invitation, the name and password are given here; also where email addresses need no
    confirmation. Otherwise they are chosen at the confirmation, and those given here are not kept.
    """

    email: Email
    password: NewPassword | None = None
    name: Name | None = None
    org_name: Name = _ORG_NAME
    invitation: Annotated[
        TokenText | None,
        Meta(description="From an email: to join that organisation instead of having one's own."),
    ] = None


class Accepted(Document, frozen=True, kw_only=True):
    """The request was accepted; what follows is sent by email."""

    message: str


class Confirmation(Wanted, frozen=True, kw_only=True):
    """The token proves the email address; name and password open the account."""

    token: TokenText
    password: NewPassword
    name: Name
    org_name: Name = _ORG_NAME


class Credentials(Wanted, frozen=True, kw_only=True):
    email: Email
    password: Password


class NewSignIn(Document, frozen=True, kw_only=True):
    """
    The token is for `Authorization: Bearer`; it is shown once. It is null while a code of the second
    factor is wanted: send that with the challenge to `/v1/sign-in/second-factor`.
    """

    token: str | None
    expires_at: Moment
    user: Me | None
    challenge: str | None

    @classmethod
    def of(cls, begun: tuple[SignedIn, Token]) -> "NewSignIn":
        signed_in, token = begun
        return cls(
            token=token.reveal(),
            expires_at=signed_in.sign_in.expires,
            user=Me.of(signed_in.user, signed_in.sign_in.company),
            challenge=None,
        )


@attrs.frozen
class SignInRoutes(Resource):
    TAG = "Signing up and in"

    sign_up: SignUp
    confirm_address: ConfirmAddress
    begin_sign_in: BeginSignIn
    throttle: Throttle

    @Operation(
        "POST",
        "/v1/sign-up",
        ANYBODY,
        "Make an account and an organisation",
        body=NewAccount,
        status=202,
        refusals=(ProblemKind.TOO_MANY,),
        about="The answer is the same for an address that has an account already. The account "
        "opens with the confirmation, which is where its name and password are chosen.",
    )
    async def post_sign_up(self, call: Call) -> Accepted:
        wanted = call.body(NewAccount)
        limits = attempt_limits.SIGN_UP_EMAILS
        await self.throttle.email(wanted.email, call.actor.address, limits)
        details = None
        if wanted.password is not None and wanted.name is not None:
            details = AccountDetails(wanted.name, wanted.password, wanted.org_name)
        opened = await self.sign_up(wanted.email, details, invitation=wanted.invitation or "")
        if opened is not None:
            _note(call, opened)
        return Accepted(message="Read the email that was sent to you.")

    @Operation(
        "POST",
        "/v1/confirm",
        ANYBODY,
        "Confirm an address, and open its account",
        body=Confirmation,
        refusals=(ProblemKind.TOO_MANY,),
    )
    async def post_confirm(self, call: Call) -> Me:
        await self.throttle.token(call.actor.address)
        wanted = call.body(Confirmation)
        details = AccountDetails(wanted.name, wanted.password, wanted.org_name)
        opened = await self.confirm_address(wanted.token, details)
        _note(call, opened)
        return Me.of(opened.user)

    @Operation(
        "POST",
        "/v1/sign-in",
        ANYBODY,
        "Sign in",
        body=Credentials,
        refusals=(ProblemKind.NOT_SIGNED_IN, ProblemKind.TOO_MANY),
    )
    async def post_sign_in(self, call: Call) -> NewSignIn:
        wanted = call.body(Credentials)
        begun = await self.begin_sign_in(
            wanted.email, wanted.password, address=call.actor.address, agent=call.agent
        )
        if begun is None:
            raise ProblemError(ProblemKind.NOT_SIGNED_IN, "The address or the password is wrong.")
        if isinstance(begun, Challenge):
            challenge = begun.token.reveal()
            return NewSignIn(token=None, expires_at=begun.expires, user=None, challenge=challenge)
        return NewSignIn.of(begun)


def _note(call: Call, opened: OpenedAccount) -> None:
    """Writes to an org's audit log that a user joined it."""
    user, org, joined = opened.user, opened.org, opened.joined
    call.acts_as(user)
    if org is not None:
        call.note(org.id, after={"name": org.name}, org=org.id, action="org.created")
    if joined is not None:
        after = {"role": joined.role.value}
        call.note(user.id, after=after, org=joined.org, action="member.joined")
