"""Factories for sign-ins besides by password."""

from adapters.guarded_http.client import GuardedClient
from adapters.guarded_http.domain_proofs import WebDomainProofs
from adapters.memory.identity_providers import TrustedDomains
from adapters.oidc.client import AuthlibOidcClient
from adapters.webauthn.passkeys import WebauthnPasskeyVerifier
from aldea_core.ports.identity_providers import DomainProofs
from aldea_core.ports.passkeys import PasskeyVerifier
from entrypoints.factories.reachable_hosts import guard
from entrypoints.settings import Settings


_SECONDS = 10.0


def redirect_uri(settings: Settings) -> str:
    """The dashboard's page to which providers send browsers back."""
    return settings.dashboard_url.rstrip("/") + "/sign-in/company/return"


def oidc_client(*, settings: Settings) -> AuthlibOidcClient:
    client = GuardedClient(guard(settings), total_seconds=_SECONDS)
    return AuthlibOidcClient(client, redirect_uri(settings), allow_http=settings.allow_private_urls)


def domain_proofs(*, settings: Settings) -> DomainProofs:
    """Where addresses are trusted without a confirmation, domains are, too."""
    if not settings.confirm_addresses:
        return TrustedDomains()
    return WebDomainProofs(GuardedClient(guard(settings), total_seconds=_SECONDS))


def passkey_verifier(*, settings: Settings) -> PasskeyVerifier:
    return WebauthnPasskeyVerifier(settings.dashboard_url, settings.seller[0])
