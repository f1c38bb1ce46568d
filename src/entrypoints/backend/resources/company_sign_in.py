"""Signing in by the identity provider of a company."""

from typing import Annotated

import attrs

from msgspec import Meta

from aldea_core.use_cases.access.company_sign_in import BeginCompanySignIn, CompleteCompanySignIn
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.problems import ProblemKind
from entrypoints.backend.pipeline.routes import (
    ANYBODY,
    Document,
    Operation,
    Resource,
    Wanted,
)
from entrypoints.backend.pipeline.texts import ASCII, Email, TokenText
from entrypoints.backend.resources.sign_in import NewSignIn


class CompanyAddress(Wanted, frozen=True, kw_only=True):
    email: Annotated[Email, Meta(description="Its domain leads to the company's provider.")]


class DepartureDocument(Document, frozen=True, kw_only=True):
    """
    Where to send the browser. Keep the state with the browser, and take only that one back from it:
    else one person's browser finishes what another person's began.
    """

    authorization_url: str
    state: str


class CompanyCode(Wanted, frozen=True, kw_only=True):
    """What the provider sent back with the browser."""

    state: TokenText
    code: Annotated[str, Meta(min_length=1, max_length=2000, pattern=ASCII)]
    issuer: Annotated[str, Meta(max_length=2000, pattern=ASCII)] = ""


@attrs.frozen
class CompanySignInRoutes(Resource):
    TAG = "Signing in by a company"

    begin_company_sign_in: BeginCompanySignIn
    complete_company_sign_in: CompleteCompanySignIn

    @Operation(
        "POST",
        "/v1/sign-in/company",
        ANYBODY,
        "Begin a sign-in at a company's identity provider",
        body=CompanyAddress,
        refusals=(ProblemKind.TOO_MANY,),
        about="The answer depends on the address's domain alone.",
    )
    async def post_company_sign_in(self, call: Call) -> DepartureDocument:
        email = call.body(CompanyAddress).email
        departure = await self.begin_company_sign_in(email, address=call.actor.address)
        return DepartureDocument(authorization_url=departure.url, state=departure.state)

    @Operation(
        "POST",
        "/v1/sign-in/company/complete",
        ANYBODY,
        "Sign in with the code that the provider sent",
        body=CompanyCode,
        action="member.signed_in",
        refusals=(ProblemKind.NOT_ALLOWED, ProblemKind.TOO_MANY),
        about="Within ten minutes, once. The sign-in opens the company's organisation alone, "
        "for twelve hours: not the account, and no other organisation.",
    )
    async def post_company_sign_in_complete(self, call: Call) -> NewSignIn:
        sent = call.body(CompanyCode)
        done = await self.complete_company_sign_in(
            sent.state,
            sent.code,
            issuer=sent.issuer,
            address=call.actor.address,
            agent=call.agent,
        )
        user = done.signed_in.user
        call.acts_as(user)
        if done.joined is not None:
            after = {"role": done.joined.role.value}
            call.note(user.id, after=after, org=done.org, action="member.joined")
        call.note(user.id, org=done.org)
        return NewSignIn.of((done.signed_in, done.token))
