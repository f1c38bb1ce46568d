"""
Sign in by the identity provider of a company (OpenID Connect, authorization code flow with PKCE).

The provider vouches for addresses of domains that its org has proven, and its word opens that org
alone: not the account, not the user's other orgs. So the account may be anybody's who has the
address, and nothing is taken from its owner.
"""

import base64

import attrs

from aldea_core.domain.access import attempt_limits
from aldea_core.domain.access.ceremonies import CEREMONY_LASTS, Ceremony
from aldea_core.domain.access.identity_providers import (
    AuthorizationRequest,
    Identity,
    IdentityProvider,
    domain_of,
)
from aldea_core.domain.access.networks import network_of
from aldea_core.domain.access.people import Invitation, Membership, Role, User, valid_email
from aldea_core.domain.access.tokens import RANDOM_BYTES, Token, TokenKind
from aldea_core.domain.errors import BadRequest, NotAllowed
from aldea_core.domain.ids import OrgId, UserId
from aldea_core.domain.names import LONGEST_NAME
from aldea_core.ports.ceremonies import Ceremonies
from aldea_core.ports.clock import Clock
from aldea_core.ports.identity_providers import IdentityProviders, OidcClient
from aldea_core.ports.members import Invitations, Members
from aldea_core.ports.randomness import Randomness
from aldea_core.ports.transaction import Transaction
from aldea_core.ports.users import Users
from aldea_core.use_cases.access.sign_in import BeginSignIn, SignedIn
from aldea_core.use_cases.access.throttle import Throttle


@attrs.frozen
class Departure:
    """
    Where the browser goes.

    Attributes:
        url: At the provider.
        state: Comes back with the browser. The caller compares it with the one that this browser left
            with, so that no browser finishes what another one began.
    """

    url: str = attrs.field(repr=False)
    state: str = attrs.field(repr=False)


@attrs.frozen
class CompanySignedIn:
    """
    Attributes:
        joined: The membership, if it is new.
    """

    signed_in: SignedIn
    token: Token
    org: OrgId
    joined: Membership | None = None


@attrs.frozen
class BeginCompanySignIn:
    """Finds the provider of an address, and begins a sign-in there."""

    identity_providers: IdentityProviders
    oidc_client: OidcClient
    ceremonies: Ceremonies
    throttle: Throttle
    randomness: Randomness
    clock: Clock

    async def __call__(self, email: str, *, address: str = "") -> Departure:
        """
        The answer depends on the address's domain alone: it does not reveal who has an account.

        Raises:
            BadRequest: No company has proven the address's domain.
            TooManyAttempts: There were too many from this network.
        """
        email = valid_email(email)
        await self.throttle(attempt_limits.SIGN_IN_BY_NETWORK, network_of(address))
        provider = await self.identity_providers.of_domain(domain_of(email))
        if provider is None:
            raise BadRequest("No company signs in here with this domain.", field="email")
        token = Token.mint(TokenKind.COMPANY, self.randomness.bytes(RANDOM_BYTES))
        request = AuthorizationRequest(token.reveal(), self._random(), self._random())
        now = self.clock.now()
        facts = {
            "org": provider.org,
            "since": provider.since.isoformat(),
            "nonce": request.nonce,
            "verifier": request.verifier,
        }
        ceremony = Ceremony(token.hash, TokenKind.COMPANY, facts, now + CEREMONY_LASTS)
        await self.ceremonies.add(ceremony, at=now)
        url = self.oidc_client.authorization_url(provider, request, email=email)
        return Departure(url, request.state)

    def _random(self) -> str:
        random = self.randomness.bytes(RANDOM_BYTES)
        return base64.urlsafe_b64encode(random).decode().rstrip("=")


@attrs.frozen
class CompleteCompanySignIn:
    """Signs a user in whom the provider has sent back with a code."""

    identity_providers: IdentityProviders
    oidc_client: OidcClient
    ceremonies: Ceremonies
    users: Users
    members: Members
    invitations: Invitations
    begin_sign_in: BeginSignIn
    throttle: Throttle
    transaction: Transaction
    randomness: Randomness
    clock: Clock

    async def __call__(
        self, state: str, code: str, *, issuer: str = "", address: str = "", agent: str = ""
    ) -> CompanySignedIn:
        """
        Args:
            issuer: The `iss` that came with the code (RFC 9207); empty if none did.

        Raises:
            BadRequest: The state is unknown, used or expired; or the provider does not vouch for the
                person.
            NotAllowed: The person is no member of the org, and not invited any more.
            TooManyAttempts: There were too many from this network.
        """
        await self.throttle(attempt_limits.SIGN_IN_BY_NETWORK, network_of(address))
        # Before the provider is looked up: a later change voids the sign-in.
        began = self.clock.now()
        provider, request = await self._begun(state)
        if issuer and issuer != provider.issuer:
            raise BadRequest("Another provider answered than was asked.", field="issuer")
        identity = await self.oidc_client.redeem(provider, request, code, at=self.clock.now())
        email = _vouched_for(provider, identity)
        async with self.transaction.about(email):
            user, invitation = await self._admitted(provider, email, identity.name)
            async with self.transaction.about(user.id):
                joined = await self._join(provider.org, user, invitation)
                signed_in, token = await self.begin_sign_in.begin(
                    user, address, agent, company=provider.org, began=began
                )
        return CompanySignedIn(signed_in, token, provider.org, joined)

    async def _begun(self, state: str) -> tuple[IdentityProvider, AuthorizationRequest]:
        token, now = Token.parse(TokenKind.COMPANY, state), self.clock.now()
        begun = token and await self.ceremonies.take(token.hash, TokenKind.COMPANY, at=now)
        if begun:
            facts = begun.facts
            provider = await self.identity_providers.of_org(OrgId(facts["org"]))
            if provider is not None and provider.since.isoformat() == facts["since"]:
                return provider, AuthorizationRequest(state, facts["nonce"], facts["verifier"])
        raise BadRequest("This sign-in took too long: begin again.", field="state")

    async def _admitted(
        self, provider: IdentityProvider, email: str, name: str
    ) -> tuple[User, Invitation | None]:
        """The user of the address, who is a member or may become one."""
        user = await self.users.of_email(email)
        if user is not None and await self.members.find(provider.org, user.id) is not None:
            return user, None
        invitation = await self.invitations.of_email(provider.org, email)
        if invitation is not None and not invitation.opens(at=self.clock.now()):
            invitation = None
        if invitation is None and not provider.admits_new:
            raise NotAllowed("You are no member of this organisation: ask for an invitation.")
        if user is None:
            # Pending: the address is the company's to vouch for, but the account is not. It opens
            # once the reader of the address confirms it.
            now, called = self.clock.now(), " ".join(name.split())[:LONGEST_NAME]
            user = User(UserId(self.randomness.uuid()), email, called, "", now)
            await self.users.add(user)
        return user, invitation

    async def _join(
        self, org: OrgId, user: User, invitation: Invitation | None
    ) -> Membership | None:
        if await self.members.find(org, user.id) is not None:
            return None
        if invitation is not None and not await self.invitations.remove(org, invitation.id):
            raise NotAllowed("Your invitation was taken back: ask for another one.")
        role = Role.MEMBER if invitation is None else invitation.role
        membership = Membership(user.id, org, role, self.clock.now())
        await self.members.put(membership)
        return membership


def _vouched_for(provider: IdentityProvider, identity: Identity) -> str:
    """
    The identity's address.

    Raises:
        BadRequest: The provider may not vouch for it, or does not.
    """
    email = valid_email(identity.email)
    if not identity.is_email_verified:
        raise BadRequest("Your company's provider has not verified your address.", field="email")
    if not provider.vouches_for(email):
        raise BadRequest(
            "Your company's provider names an address of a domain that is not proven to be the "
            "company's.",
            field="email",
        )
    return email
