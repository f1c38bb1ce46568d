"""The identity provider of an organisation."""

from typing import Annotated

import attrs

from msgspec import Meta

from aldea_core.domain.access.audit import Facts
from aldea_core.domain.access.identity_providers import IdentityProvider
from aldea_core.domain.errors import existing
from aldea_core.ports.identity_providers import IdentityProviders
from aldea_core.use_cases.access.identity_provider import ManageIdentityProvider, ProviderDetails
from entrypoints.backend.pipeline.calls import Call
from entrypoints.backend.pipeline.problems import ProblemKind
from entrypoints.backend.pipeline.routes import (
    Document,
    Operation,
    Resource,
    Wanted,
    for_admins,
    for_owners,
)
from entrypoints.backend.pipeline.texts import ASCII, Moment


class NewProvider(Wanted, frozen=True, kw_only=True):
    """All of it; what is left out is as its default."""

    issuer: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=500,
            pattern=ASCII,
            description="The provider's URL; its discovery document is below it.",
        ),
    ]
    client_id: Annotated[str, Meta(min_length=1, max_length=300, pattern=ASCII)]
    client_secret: Annotated[
        str,
        Meta(
            max_length=1000,
            pattern=ASCII,
            description="Empty: the one of before, if the issuer stays.",
        ),
    ] = ""
    domains: Annotated[
        list[Annotated[str, Meta(max_length=254)]],
        Meta(max_length=20, description="Of the addresses that it vouches for."),
    ]
    admits_new: Annotated[
        bool,
        Meta(description="Whether people who are no members join as such by signing in."),
    ] = False


class DomainDocument(Document, frozen=True, kw_only=True):
    domain: str
    is_proven: bool


class ProviderDocument(Document, frozen=True, kw_only=True):
    """The provider. Its client secret is not shown again."""

    issuer: str
    client_id: str
    redirect_uri: Annotated[str, Meta(description="To be registered at the provider.")]
    domains: list[DomainDocument]
    proof: Annotated[
        str,
        Meta(
            description="Publish it at `https://DOMAIN/.well-known/aldea-domain-proof.txt`. People of a "
            "domain sign in once it is proven."
        ),
    ]
    admits_new: bool
    since_at: Annotated[Moment, Meta(description="Sign-ins from before are void.")]


@attrs.frozen
class IdentityProviderRoutes(Resource):
    """
    Args:
        redirect_uri: Where providers send browsers back to.
    """

    TAG = "Signing in by a company"

    identity_providers: IdentityProviders
    manage_identity_provider: ManageIdentityProvider
    redirect_uri: str

    @Operation(
        "GET",
        "/v1/orgs/{org}/identity-provider",
        for_admins(),
        "Show the organisation's identity provider",
    )
    async def get_provider(self, call: Call) -> ProviderDocument:
        known = await self.identity_providers.of_org(call.org.id)
        return self._document(existing(known, "The organisation has no identity provider."))

    @Operation(
        "PUT",
        "/v1/orgs/{org}/identity-provider",
        for_owners(),
        "Set the organisation's identity provider",
        body=NewProvider,
        action="identity_provider.set",
        refusals=(ProblemKind.TOO_MANY,),
        about="Its discovery document is read. All sign-ins by the one of before are void. For "
        "owners, since the provider can sign in as any member, an owner too.",
    )
    async def put_provider(self, call: Call) -> ProviderDocument:
        before = await self.identity_providers.of_org(call.org.id)
        sent = call.body(NewProvider)
        details = ProviderDetails(
            sent.issuer, sent.client_id, sent.client_secret, sent.domains, sent.admits_new
        )
        provider = await self.manage_identity_provider.put(call.org, details)
        call.note(call.org.id, {} if before is None else _facts(before), _facts(provider))
        return self._document(provider)

    @Operation(
        "POST",
        "/v1/orgs/{org}/identity-provider/proofs",
        for_owners(),
        "Look whether the domains publish the proof",
        action="identity_provider.domains_proven",
        refusals=(ProblemKind.CONFLICT, ProblemKind.TOO_MANY),
        about="A domain is proven by one organisation at most.",
    )
    async def post_proofs(self, call: Call) -> ProviderDocument:
        before = await self.identity_providers.of_org(call.org.id)
        provider = await self.manage_identity_provider.prove(call.org.id)
        proven = [] if before is None else list(before.proven)
        call.note(call.org.id, {"proven": proven}, {"proven": list(provider.proven)})
        return self._document(provider)

    @Operation(
        "DELETE",
        "/v1/orgs/{org}/identity-provider",
        for_owners(),
        "Remove the organisation's identity provider",
        action="identity_provider.removed",
        about="All sign-ins by it are void.",
    )
    async def delete_provider(self, call: Call) -> None:
        removed = await self.manage_identity_provider.remove(call.org.id)
        call.note(call.org.id, before=_facts(removed))

    def _document(self, provider: IdentityProvider) -> ProviderDocument:
        return ProviderDocument(
            issuer=provider.issuer,
            client_id=provider.client_id,
            redirect_uri=self.redirect_uri,
            domains=[
                DomainDocument(domain=one, is_proven=one in provider.proven)
                for one in provider.domains
            ],
            proof=provider.proof,
            admits_new=provider.admits_new,
            since_at=provider.since,
        )


def _facts(provider: IdentityProvider) -> Facts:
    """Without the secret."""
    return {
        "issuer": provider.issuer,
        "client_id": provider.client_id,
        "domains": list(provider.domains),
        "admits_new": provider.admits_new,
    }
