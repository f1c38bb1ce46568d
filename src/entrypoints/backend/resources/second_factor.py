"""The second factor of a sign-in: codes of an authenticator app."""

from typing import Annotated

import attrs

from msgspec import Meta

from aldea_core.ports.second_factors import SecondFactors
from aldea_core.use_cases.access.second_factor import CompleteSignIn, ManageSecondFactor
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
from entrypoints.backend.pipeline.texts import Moment, Password, Text, TokenText
from entrypoints.backend.resources.sign_in import NewSignIn


class Code(Wanted, frozen=True, kw_only=True):
    code: Annotated[Text, Meta(min_length=1, description="Six digits that the app shows.")]


class ChallengeCode(Wanted, frozen=True, kw_only=True):
    challenge: Annotated[TokenText, Meta(description="Of the answer to `POST /v1/sign-in`.")]
    code: Annotated[
        Text, Meta(min_length=1, description="Six digits that the app shows, or a recovery code.")
    ]


class OwnPassword(Wanted, frozen=True, kw_only=True):
    password: Password


class SecondFactorDocument(Document, frozen=True, kw_only=True):
    """Whether a code is asked for at sign-ins."""

    is_enabled: bool
    enabled_at: Moment | None
    recovery_codes_left: int


class EnrolmentDocument(Document, frozen=True, kw_only=True):
    """What an app needs. It is shown once."""

    secret: Annotated[str, Meta(description="In base32, to be typed.")]
    otpauth_uri: Annotated[str, Meta(description="To be shown as a QR code.")]


class RecoveryCodes(Document, frozen=True, kw_only=True):
    """Each is taken once, in the place of a code. They are shown once."""

    recovery_codes: list[str]


@attrs.frozen
class SecondFactorRoutes(Resource):
    TAG = "Second factor"

    second_factors: SecondFactors
    manage_second_factor: ManageSecondFactor
    complete_sign_in: CompleteSignIn

    @Operation(
        "POST",
        "/v1/sign-in/second-factor",
        ANYBODY,
        "Sign in with a code",
        body=ChallengeCode,
        refusals=(ProblemKind.NOT_SIGNED_IN, ProblemKind.TOO_MANY),
        about="Within five minutes of the password. A code is taken once.",
    )
    async def post_sign_in_second_factor(self, call: Call) -> NewSignIn:
        wanted = call.body(ChallengeCode)
        begun = await self.complete_sign_in(
            wanted.challenge, wanted.code, address=call.actor.address, agent=call.agent
        )
        if begun is None:
            raise ProblemError(ProblemKind.NOT_SIGNED_IN, "The code is wrong, or it was used.")
        return NewSignIn.of(begun)

    @Operation("GET", "/v1/me/second-factor", SIGNED_IN, "Show whether the second factor is on")
    async def get_second_factor(self, call: Call) -> SecondFactorDocument:
        factor = await self.second_factors.of_user(call.user.id)
        enabled = None if factor is None else factor.confirmed
        left = len(factor.recovery) if factor is not None else 0
        return SecondFactorDocument(
            is_enabled=enabled is not None, enabled_at=enabled, recovery_codes_left=left
        )

    @Operation(
        "POST",
        "/v1/me/second-factor",
        SIGNED_IN,
        "Enrol an app",
        body=OwnPassword,
        status=201,
        action="second_factor.enrolled",
        refusals=(ProblemKind.CONFLICT, ProblemKind.TOO_MANY),
        about="The second factor is on once a code of the app confirms it.",
    )
    async def post_second_factor(self, call: Call) -> EnrolmentDocument:
        password = call.body(OwnPassword).password
        made = await self.manage_second_factor.enrol(call.user, password)
        call.note(call.user.id)
        return EnrolmentDocument(secret=made.secret, otpauth_uri=made.uri)

    @Operation(
        "POST",
        "/v1/me/second-factor/confirm",
        SIGNED_IN,
        "Turn the second factor on",
        body=Code,
        action="second_factor.enabled",
        refusals=(ProblemKind.CONFLICT, ProblemKind.TOO_MANY),
    )
    async def post_second_factor_confirm(self, call: Call) -> RecoveryCodes:
        codes = await self.manage_second_factor.confirm(call.user, call.body(Code).code)
        call.note(call.user.id)
        return RecoveryCodes(recovery_codes=codes)

    @Operation(
        "POST",
        "/v1/me/second-factor/recovery-codes",
        SIGNED_IN,
        "Make new recovery codes",
        body=OwnPassword,
        action="second_factor.recovery_renewed",
        refusals=(ProblemKind.CONFLICT, ProblemKind.TOO_MANY),
    )
    async def post_recovery_codes(self, call: Call) -> RecoveryCodes:
        password = call.body(OwnPassword).password
        codes = await self.manage_second_factor.renew_recovery(call.user, password)
        call.note(call.user.id)
        return RecoveryCodes(recovery_codes=codes)

    @Operation(
        "POST",
        "/v1/me/second-factor/disable",
        SIGNED_IN,
        "Turn the second factor off",
        body=OwnPassword,
        action="second_factor.disabled",
        refusals=(ProblemKind.CONFLICT, ProblemKind.TOO_MANY),
    )
    async def post_second_factor_disable(self, call: Call) -> None:
        await self.manage_second_factor.disable(call.user, call.body(OwnPassword).password)
        call.note(call.user.id)
