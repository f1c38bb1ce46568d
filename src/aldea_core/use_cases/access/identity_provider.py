"""Configure an org's identity provider, and prove its domains."""

from collections.abc import Sequence

import attrs

from aldea_core.domain.access.attempt_limits import DOMAIN_PROOFS_OF_ORG
from aldea_core.domain.access.identity_providers import IdentityProvider, proper_domains
from aldea_core.domain.access.orgs import Org
from aldea_core.domain.access.tokens import RANDOM_BYTES
from aldea_core.domain.errors import BadRequest, Conflict, existing
from aldea_core.domain.ids import OrgId
from aldea_core.ports.clock import Clock
from aldea_core.ports.identity_providers import DomainProofs, IdentityProviders, OidcClient
from aldea_core.ports.randomness import Randomness
from aldea_core.ports.transaction import Transaction
from aldea_core.use_cases.access.throttle import Throttle


PROOF_PREFIX = "aldea-domain-proof="


@attrs.frozen
class ProviderDetails:
    """
    What an owner configures.

    Attributes:
        client_secret: Empty to keep the one of before.
    """

    issuer: str
    client_id: str
    client_secret: str = attrs.field(repr=False)
    domains: Sequence[str]
    admits_new: bool = False


@attrs.frozen
class ManageIdentityProvider:
    identity_providers: IdentityProviders
    oidc_client: OidcClient
    domain_proofs: DomainProofs
    throttle: Throttle
    transaction: Transaction
    randomness: Randomness
    clock: Clock

    async def put(self, org: Org, details: ProviderDetails) -> IdentityProvider:
        """
        Sets the org's provider. All sign-ins by the one of before are void. Domains that were proven
        stay so.

        Raises:
            BadRequest: There is no provider at the issuer's URL, or a field is wrong.
            TooManyAttempts: The org has asked too often.
        """
        domains = proper_domains(details.domains)
        await self.throttle(DOMAIN_PROOFS_OF_ORG, org.id)
        issuer = details.issuer.strip()
        endpoints = await self.oidc_client.discover(issuer)
        async with self.transaction.about(org.id):
            known = await self.identity_providers.of_org(org.id)
            secret = details.client_secret
            if not secret and known is not None and known.issuer == issuer:
                secret = known.client_secret  # never sent to another issuer
            if not secret:
                raise BadRequest("Is needed, as the provider gave it.", field="client_secret")
            proof = PROOF_PREFIX + self.randomness.bytes(RANDOM_BYTES).hex()
            provider = IdentityProvider(
                org.id,
                issuer,
                details.client_id,
                secret,
                endpoints,
                domains,
                proof if known is None else known.proof,
                self.clock.now(),
                () if known is None else tuple(one for one in domains if one in known.proven),
                details.admits_new,
            )
            await self.identity_providers.put(provider)
        return provider

    async def prove(self, org: OrgId) -> IdentityProvider:
        """
        Looks whether the domains that are not proven publish the proof.

        Raises:
            NotFound: The org has no provider.
            Conflict: No further domain publishes the proof, or another org has proven one.
            TooManyAttempts: The org has asked too often.
        """
        known = await self._known(org)
        await self.throttle(DOMAIN_PROOFS_OF_ORG, org)
        waiting = [one for one in known.domains if one not in known.proven]
        found = [one for one in waiting if await self.domain_proofs.holds(one, known.proof)]
        if waiting and not found:
            raise Conflict(f"{waiting[0]} does not publish the proof.")
        async with self.transaction.about(org):
            known = await self._known(org)
            still = [one for one in found if one in known.domains]
            proven = tuple(sorted({*known.proven, *still}))
            provider = attrs.evolve(known, proven=proven)
            if not await self.identity_providers.put(provider):
                raise Conflict("Another organisation has proven one of these domains.")
            return provider

    async def remove(self, org: OrgId) -> IdentityProvider:
        """
        Removes the provider; all sign-ins by it are void.

        Raises:
            NotFound: The org has none.
        """
        known = await self._known(org)
        await self.identity_providers.remove(org)
        return known

    async def _known(self, org: OrgId) -> IdentityProvider:
        known = await self.identity_providers.of_org(org)
        return existing(known, "The organisation has no identity provider.")
