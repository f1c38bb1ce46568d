"""Changing and resetting passwords."""

import attrs

from aldea_core.domain.access import attempt_limits
from aldea_core.use_cases.access.change_password import ChangePassword, RequestReset, ResetPassword
from aldea_core.use_cases.access.throttle import Throttle
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.problems import ProblemKind
from entrypoints.backend.pipeline.routes import (
    ANYBODY,
    SIGNED_IN,
    Operation,
    Resource,
    Wanted,
)
from entrypoints.backend.pipeline.texts import Email, NewPassword, Password, TokenText
from entrypoints.backend.resources.sign_in import Accepted


class Forgotten(Wanted, frozen=True, kw_only=True):
    email: Email


class Reset(Wanted, frozen=True, kw_only=True):
    token: TokenText
    password: NewPassword


class PasswordChange(Wanted, frozen=True, kw_only=True):
    old: Password
    new: NewPassword


@attrs.frozen
class PasswordRoutes(Resource):
    TAG = "Passwords"

    request_reset: RequestReset
    reset_password: ResetPassword
    change_password: ChangePassword
    throttle: Throttle

    @Operation(
        "POST",
        "/v1/password-reset",
        ANYBODY,
        "Ask for an email to choose another password",
        body=Forgotten,
        status=202,
        refusals=(ProblemKind.TOO_MANY,),
        about="The answer is the same for an address that has no account.",
    )
    async def post_reset(self, call: Call) -> Accepted:
        email = call.body(Forgotten).email
        await self.throttle.email(email, call.actor.address, attempt_limits.RESET_EMAILS)
        await self.request_reset(email)
        return Accepted(message="If there is an account, an email is on its way.")

    @Operation(
        "POST",
        "/v1/password-reset/complete",
        ANYBODY,
        "Choose another password by the token of the email",
        body=Reset,
        action="user.password_reset",
        refusals=(ProblemKind.TOO_MANY,),
        about="The token is good once, for an hour, and not after any other change of the password. "
        "Ends every sign-in, and makes every other email invalid.",
    )
    async def post_reset_complete(self, call: Call) -> None:
        wanted = call.body(Reset)
        await self.throttle.token(call.actor.address)
        user = await self.reset_password(wanted.token, wanted.password)
        await self.throttle.forgive(attempt_limits.SIGN_IN_FROM_NEW_NETWORKS, user.email)
        call.note(user.id)

    @Operation(
        "POST",
        "/v1/me/password",
        SIGNED_IN,
        "Choose another password by the old one",
        body=PasswordChange,
        action="user.password_changed",
        refusals=(ProblemKind.TOO_MANY,),
        about="Ends every sign-in, this one too, and makes every email invalid: sign in anew.",
    )
    async def post_password(self, call: Call) -> None:
        wanted = call.body(PasswordChange)
        await self.change_password(call.user, wanted.old, wanted.new)
        call.note(call.user.id)
