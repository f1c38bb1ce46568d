"""Identity providers of orgs: what is configured, and the protocol with them."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

from aldea_core.domain.access.identity_providers import (
    AuthorizationRequest,
    Identity,
    IdentityProvider,
    ProviderEndpoints,
)
from aldea_core.domain.ids import OrgId


class IdentityProviders(Protocol):
    """
    Stores providers; an org has at most one.

    - A domain is proven by one org at most.
    """

    @abstractmethod
    async def put(self, provider: IdentityProvider) -> bool:
        """
        Adds the org's provider, or replaces it; False, without any change, if another org has proven
        one of its proven domains.
        """

    @abstractmethod
    async def of_org(self, org: OrgId) -> IdentityProvider | None: ...

    @abstractmethod
    async def of_domain(self, domain: str) -> IdentityProvider | None:
        """The provider of the org that has proven *domain*."""

    @abstractmethod
    async def remove(self, org: OrgId) -> bool:
        """Removes the org's provider, with its proofs; False if there is none."""


class OidcClient(Protocol):
    """Talks with identity providers (OpenID Connect Core 1.0, authorization code flow)."""

    @abstractmethod
    async def discover(self, issuer: str) -> ProviderEndpoints:
        """
        Reads the provider's discovery document.

        Raises:
            BadRequest: There is none, it is of another issuer, or it names no endpoints.
        """

    @abstractmethod
    def authorization_url(
        self, provider: IdentityProvider, request: AuthorizationRequest, *, email: str
    ) -> str:
        """
        Where the browser is sent.

        Args:
            email: The address that the person typed, as a hint.
        """

    @abstractmethod
    async def redeem(
        self, provider: IdentityProvider, request: AuthorizationRequest, code: str, *, at: datetime
    ) -> Identity:
        """
        Exchanges the code for an id token, and verifies that: signature, issuer, audience, nonce
        and expiry.

        Raises:
            BadRequest: The provider refuses the code, does not answer, or the token is not valid.
        """


class DomainProofs(Protocol):
    """Looks whether a domain belongs to an org."""

    @abstractmethod
    async def holds(self, domain: str, proof: str) -> bool:
        """Whether *domain* publishes *proof*."""
