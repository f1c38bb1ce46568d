"""Passkeys: one's own, and signing in by them."""

from typing import Annotated, Any

import attrs

from msgspec import Meta

from aldea_core.domain.access.passkeys import Passkey
from aldea_core.domain.ids import PasskeyId
from aldea_core.ports.passkeys import Passkeys
from aldea_core.use_cases.access.passkeys import Begun, ManagePasskeys, SignInByPasskey
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.problems import ProblemKind
from entrypoints.backend.pipeline.routes import (
    ANYBODY,
    SIGNED_IN,
    Document,
    Operation,
    Resource,
    Wanted,
)
from entrypoints.backend.pipeline.texts import Moment, Name, Password, TokenText
from entrypoints.backend.resources.sign_in import NewSignIn


_Answer = Annotated[
    dict[str, Any], Meta(description="What the browser made of the options: `credential.toJSON()`.")
]


class PasskeyDocument(Document, frozen=True, kw_only=True):
    id: str
    name: str
    created_at: Moment
    last_used_at: Moment | None

    @classmethod
    def of(cls, passkey: Passkey) -> "PasskeyDocument":
        return cls(
            id=passkey.id,
            name=passkey.name,
            created_at=passkey.created,
            last_used_at=passkey.last_used,
        )


class PasskeyList(Document, frozen=True, kw_only=True):
    """All of them: there are few."""

    items: list[PasskeyDocument]


class PasskeyPassword(Wanted, frozen=True, kw_only=True):
    password: Password


class PasskeyOptions(Document, frozen=True, kw_only=True):
    """What the browser needs; the answer to it comes with the ceremony, within ten minutes, once."""

    ceremony: str
    options: Annotated[
        dict[str, Any],
        Meta(description="For `parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON`."),
    ]

    @classmethod
    def of(cls, begun: Begun) -> "PasskeyOptions":
        return cls(ceremony=begun.token.reveal(), options=dict(begun.options))


class NewPasskey(Wanted, frozen=True, kw_only=True):
    ceremony: TokenText
    name: Name
    credential: _Answer


class PasskeyChallenge(Wanted, frozen=True, kw_only=True):
    challenge: Annotated[
        TokenText | None,
        Meta(
            description="Of the answer to `POST /v1/sign-in`, where the passkey is the second factor. "
            "Null: it is both."
        ),
    ] = None


class PasskeyAnswer(Wanted, frozen=True, kw_only=True):
    ceremony: TokenText
    credential: _Answer


@attrs.frozen
class PasskeyRoutes(Resource):
    TAG = "Passkeys"

    passkeys: Passkeys
    manage_passkeys: ManagePasskeys
    sign_in_by_passkey: SignInByPasskey

    @Operation(
        "POST",
        "/v1/sign-in/passkey/options",
        ANYBODY,
        "Begin a sign-in by a passkey",
        body=PasskeyChallenge,
        refusals=(ProblemKind.TOO_MANY,),
    )
    async def post_sign_in_options(self, call: Call) -> PasskeyOptions:
        challenge = call.body(PasskeyChallenge).challenge or ""
        begun = await self.sign_in_by_passkey.begin(challenge, address=call.actor.address)
        return PasskeyOptions.of(begun)

    @Operation(
        "POST",
        "/v1/sign-in/passkey",
        ANYBODY,
        "Sign in by a passkey",
        body=PasskeyAnswer,
        refusals=(ProblemKind.TOO_MANY,),
        about="Without a challenge of a password the device must have verified its user.",
    )
    async def post_passkey_sign_in(self, call: Call) -> NewSignIn:
        sent = call.body(PasskeyAnswer)
        begun = await self.sign_in_by_passkey.complete(
            sent.ceremony, sent.credential, address=call.actor.address, agent=call.agent
        )
        return NewSignIn.of(begun)

    @Operation("GET", "/v1/me/passkeys", SIGNED_IN, "List one's passkeys")
    async def get_passkeys(self, call: Call) -> PasskeyList:
        known = await self.passkeys.of_user(call.user.id)
        return PasskeyList(items=[PasskeyDocument.of(one) for one in known])

    @Operation(
        "POST",
        "/v1/me/passkey-options",
        SIGNED_IN,
        "Begin to register a passkey",
        body=PasskeyPassword,
        refusals=(ProblemKind.CONFLICT, ProblemKind.TOO_MANY),
    )
    async def post_passkey_options(self, call: Call) -> PasskeyOptions:
        password = call.body(PasskeyPassword).password
        return PasskeyOptions.of(await self.manage_passkeys.begin(call.user, password))

    @Operation(
        "POST",
        "/v1/me/passkeys",
        SIGNED_IN,
        "Register a passkey",
        body=NewPasskey,
        status=201,
        action="passkey.registered",
        refusals=(ProblemKind.CONFLICT,),
        in_transaction=False,  # a ceremony is over, whatever comes of it
    )
    async def post_passkey(self, call: Call) -> PasskeyDocument:
        sent = call.body(NewPasskey)
        made = await self.manage_passkeys.register(
            call.user, sent.ceremony, sent.name, sent.credential
        )
        call.note(made.id, after={"name": made.name})
        return PasskeyDocument.of(made)

    @Operation(
        "DELETE",
        "/v1/me/passkeys/{passkey}",
        SIGNED_IN,
        "Remove a passkey",
        action="passkey.removed",
    )
    async def delete_passkey(self, call: Call) -> None:
        passkey = PasskeyId(call.path["passkey"])
        removed = await self.manage_passkeys.remove(call.user.id, passkey)
        call.note(removed.id, before={"name": removed.name})
