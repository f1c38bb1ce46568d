"""What every `OidcClient` and every `DomainProofs` promise; `people` has their store."""

import attrs
import pytest

from tests.contract.values import NOW, ORG

from aldea_core.domain.access.identity_providers import (
    AuthorizationRequest,
    Identity,
    IdentityProvider,
)
from aldea_core.domain.errors import BadRequest


REQUEST = AuthorizationRequest("a-state", "a-nonce", "a-verifier-of-forty-three-characters-or-more")
ANN = "ann@example.com"


class OidcClientContract:
    """
    Subclasses give the fixtures `client`, `issuer`, `credentials` (id and secret at the provider),
    `now`, and `sign_in`, which sends Ann's browser to a URL and returns the code it comes back with.
    """

    @pytest.fixture
    async def provider(self, client, issuer, credentials):
        endpoints = await client.discover(issuer)
        return IdentityProvider(
            ORG, issuer, *credentials, endpoints, ("example.com",), "proof", NOW
        )

    async def test_person_is_who_the_provider_says(self, client, provider, sign_in, now):
        url = client.authorization_url(provider, REQUEST, email=ANN)
        assert url.startswith(provider.endpoints.authorization)
        code = await sign_in(url)

        assert await client.redeem(provider, REQUEST, code, at=now) == Identity(ANN, True)

    async def test_unknown_code_is_refused(self, client, provider, sign_in, now):
        await sign_in(client.authorization_url(provider, REQUEST, email=ANN))

        with pytest.raises(BadRequest):
            await client.redeem(provider, REQUEST, "no-code", at=now)

    async def test_code_of_another_request_is_refused(self, client, provider, sign_in, now):
        code = await sign_in(client.authorization_url(provider, REQUEST, email=ANN))
        other = attrs.evolve(REQUEST, nonce="b-nonce", verifier=REQUEST.verifier[::-1])

        with pytest.raises(BadRequest):
            await client.redeem(provider, other, code, at=now)

    async def test_there_are_no_providers_at_other_addresses(self, client):
        for issuer in ("ftp://example.com", "example.com", ""):
            with pytest.raises(BadRequest):
                await client.discover(issuer)


class DomainProofsContract:
    """Subclasses give the fixtures `proofs`, and `domain`, which publishes "the-proof"."""

    async def test_domain_holds_what_it_publishes(self, proofs, domain):
        assert await proofs.holds(domain, "the-proof")
        assert not await proofs.holds(domain, "another")
        assert not await proofs.holds("nowhere.invalid", "the-proof")
