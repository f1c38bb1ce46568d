"""Identity providers of orgs, in memory; and domains that are trusted without a proof."""

from collections.abc import Mapping
from datetime import datetime
from typing import final

from typing_extensions import override

from aldea_core.domain.access.identity_providers import (
    AuthorizationRequest,
    Identity,
    IdentityProvider,
    ProviderEndpoints,
)
from aldea_core.domain.errors import BadRequest
from aldea_core.domain.ids import OrgId
from aldea_core.ports.identity_providers import DomainProofs, IdentityProviders, OidcClient


@final
class MemoryIdentityProviders(IdentityProviders):
    def __init__(self) -> None:
        self._providers: dict[OrgId, IdentityProvider] = {}

    @override
    async def put(self, provider: IdentityProvider) -> bool:
        for domain in provider.proven:
            known = await self.of_domain(domain)
            if known is not None and known.org != provider.org:
                return False
        self._providers[provider.org] = provider
        return True

    @override
    async def of_org(self, org: OrgId) -> IdentityProvider | None:
        return self._providers.get(org)

    @override
    async def of_domain(self, domain: str) -> IdentityProvider | None:
        return next((one for one in self._providers.values() if domain in one.proven), None)

    @override
    async def remove(self, org: OrgId) -> bool:
        return self._providers.pop(org, None) is not None


@final
class MemoryOidcClient(OidcClient):
    """
    A provider whose codes are known.

    Attributes:
        identities: Of whom each code speaks.
        requests: Those that were sent to it, by their state.
    """

    def __init__(self, identities: Mapping[str, Identity]) -> None:
        self.identities = dict(identities)
        self.requests: dict[str, AuthorizationRequest] = {}

    @override
    async def discover(self, issuer: str) -> ProviderEndpoints:
        if not issuer.startswith("https://"):
            raise BadRequest("The URL must begin with https://.", field="issuer")
        return ProviderEndpoints(f"{issuer}/authorize", f"{issuer}/token", f"{issuer}/keys")

    @override
    def authorization_url(
        self, provider: IdentityProvider, request: AuthorizationRequest, *, email: str
    ) -> str:
        self.requests[request.state] = request
        return f"{provider.endpoints.authorization}?state={request.state}"

    @override
    async def redeem(
        self, provider: IdentityProvider, request: AuthorizationRequest, code: str, *, at: datetime
    ) -> Identity:
        if code not in self.identities or self.requests.get(request.state) != request:
            raise BadRequest("Your company's provider refuses this sign-in.", field="code")
        return self.identities[code]


@final
class TrustedDomains(DomainProofs):
    """Where addresses are trusted without a confirmation, domains are, too."""

    @override
    async def holds(self, domain: str, proof: str) -> bool:
        return True


@final
class MemoryDomainProofs(DomainProofs):
    """
    Attributes:
        published: What each domain publishes.
    """

    def __init__(self) -> None:
        self.published: dict[str, str] = {}

    @override
    async def holds(self, domain: str, proof: str) -> bool:
        return self.published.get(domain) == proof
