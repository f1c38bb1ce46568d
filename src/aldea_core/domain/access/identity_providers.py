"""
Identity providers of companies (OpenID Connect Core 1.0).

A provider belongs to one org, whose owners configure it. It vouches for people of the org's own
domains, and for that org alone: a sign-in by it opens nothing else. So a provider that lies about
its people takes nothing from anybody outside of its org.
"""

import re

from collections.abc import Iterable
from datetime import datetime

import attrs

from aldea_core.domain.access.people import proper_email
from aldea_core.domain.errors import BadRequest
from aldea_core.domain.ids import OrgId


MOST_DOMAINS = 20
# A name with a dot, after IDNA, as it stands in an address of `people.EMAIL`.
_DOMAIN = re.compile(r"(?!.{254})[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+")


@attrs.frozen
class ProviderEndpoints:
    """The provider's addresses, as its discovery document names them."""

    authorization: str
    token: str
    keys: str


@attrs.frozen
class IdentityProvider:
    """
    Attributes:
        issuer: The provider's name for itself: a URL, below which its discovery document is.
        client_secret: Stored as it is, since the provider asks for it.
        domains: Of the addresses that it vouches for, sorted.
        proof: What a domain publishes to prove that it belongs to the org.
        proven: Those of *domains* that have proven it, sorted.
        admits_new: Whether people who are no members of the org join it by signing in. Otherwise
            they need an invitation.
        since: When it was changed last. Sign-ins from before are void.
    """

    org: OrgId
    issuer: str
    client_id: str
    client_secret: str = attrs.field(repr=False)
    endpoints: ProviderEndpoints
    domains: tuple[str, ...]
    proof: str
    since: datetime
    proven: tuple[str, ...] = ()
    admits_new: bool = False

    def vouches_for(self, email: str) -> bool:
        """Whether the provider may say who has the address."""
        return domain_of(email) in self.proven


@attrs.frozen
class AuthorizationRequest:
    """
    What a sign-in by a provider keeps between the redirect to it and the way back.

    Attributes:
        state: Comes back from the provider with the code, to the browser that began.
        nonce: Comes back in the id token.
        verifier: Of PKCE (RFC 7636): its hash goes along, itself only with the code.
    """

    state: str = attrs.field(repr=False)
    nonce: str = attrs.field(repr=False)
    verifier: str = attrs.field(repr=False)


@attrs.frozen
class Identity:
    """The claims of an id token that was verified."""

    email: str
    is_email_verified: bool
    name: str = ""


def domain_of(email: str) -> str:
    return proper_email(email).rpartition("@")[2]


def proper_domains(texts: Iterable[str]) -> tuple[str, ...]:
    """
    *texts* in canonical form, sorted, each once.

    Raises:
        BadRequest: One is no domain, or there are none or too many.
    """
    domains = sorted({text.strip().lower().rstrip(".") for text in texts})
    if not 0 < len(domains) <= MOST_DOMAINS:
        raise BadRequest(f"Must be 1 to {MOST_DOMAINS} domains.", field="domains")
    for domain in domains:
        if not _DOMAIN.fullmatch(domain):
            raise BadRequest("Must be domains of addresses, as example.com.", field="domains")
    return tuple(domains)
