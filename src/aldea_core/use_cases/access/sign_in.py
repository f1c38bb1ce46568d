"""Begin sign-ins, and resolve their tokens."""

from datetime import datetime, timedelta

import attrs

from aldea_core.domain.access import attempt_limits
from aldea_core.domain.access.networks import network_of
from aldea_core.domain.access.people import OneTimeToken, SignIn, User, proper_email
from aldea_core.domain.access.tokens import RANDOM_BYTES, Token, TokenKind
from aldea_core.domain.ids import OrgId, SignInId
from aldea_core.ports.clock import Clock
from aldea_core.ports.identity_providers import IdentityProviders
from aldea_core.ports.passwords import Passwords
from aldea_core.ports.randomness import Randomness
from aldea_core.ports.second_factors import SecondFactors
from aldea_core.ports.sign_ins import LAST_SEEN_STEP, OneTimeTokens, SignIns
from aldea_core.ports.transaction import Transaction
from aldea_core.ports.users import Users
from aldea_core.use_cases.access.throttle import Throttle


LASTS = timedelta(days=30)
# Of a sign-in by a company's provider, so that people who left the company are out soon.
COMPANY_LASTS = timedelta(hours=12)
CHALLENGE_LASTS = timedelta(minutes=5)
LONGEST_AGENT = 200


@attrs.frozen
class SignedIn:
    """A signed-in user, and the sign-in."""

    user: User
    sign_in: SignIn


@attrs.frozen
class Challenge:
    """The password was right, and a code of the second factor is wanted with this token."""

    user: User
    token: Token
    expires: datetime


@attrs.frozen
class BeginSignIn:
    """Signs a user in by the password of a confirmed address, or asks for the second factor."""

    users: Users
    sign_ins: SignIns
    one_time_tokens: OneTimeTokens
    second_factors: SecondFactors
    passwords: Passwords
    throttle: Throttle
    transaction: Transaction
    randomness: Randomness
    clock: Clock

    async def __call__(
        self, email: str, password: str, *, address: str = "", agent: str = ""
    ) -> tuple[SignedIn, Token] | Challenge | None:
        """
        The sign-in with its token, or what the second factor is wanted for. None if address or password is wrong; which one is not revealed.

        Raises:
            TooManyAttempts: There were too many from this network or on this account.
        """
        email, network = proper_email(email), network_of(address)
        await self.throttle(attempt_limits.SIGN_IN_BY_NETWORK, network)
        await self.throttle(attempt_limits.SIGN_IN_TO_ACCOUNT, email, network)
        user = await self.users.of_email(email)
        if user is not None and user.confirmed is None:
            user = None  # a pending account has no password
        if user is None or not await self._is_at_home(user, network):
            await self.throttle(attempt_limits.SIGN_IN_FROM_NEW_NETWORKS, email)
        fits = await self.passwords.verify(None if user is None else user.password, password)
        if user is None or not fits:
            return None
        async with self.transaction.about(user.id):
            (known,) = await self.users.some([user.id])
            if known.password != user.password:  # the password was changed during the verification
                return None
            factor = await self.second_factors.of_user(user.id)
            begun: tuple[SignedIn, Token] | Challenge
            if factor is not None and factor.confirmed is not None:
                begun = await self._challenge(known)
            else:
                begun = await self.begin(known, address, agent)
        await self.throttle.forgive(attempt_limits.SIGN_IN_TO_ACCOUNT, email, network)
        return begun

    async def _is_at_home(self, user: User, network: str) -> bool:
        """Whether the user already has a sign-in from that network."""
        known = await self.sign_ins.of_user(user.id, at=self.clock.now())
        return any(network_of(sign_in.address) == network for sign_in in known)

    async def _challenge(self, user: User) -> Challenge:
        token = Token.mint(TokenKind.CHALLENGE, self.randomness.bytes(RANDOM_BYTES))
        expires = self.clock.now() + CHALLENGE_LASTS
        await self.one_time_tokens.add(
            OneTimeToken(token.hash, user.id, TokenKind.CHALLENGE, expires)
        )
        return Challenge(user, token, expires)

    async def begin(
        self,
        user: User,
        address: str,
        agent: str,
        *,
        company: OrgId | None = None,
        began: datetime | None = None,
    ) -> tuple[SignedIn, Token]:
        """
        A sign-in of a user who proved who they are.

        Args:
            company: The org whose identity provider vouches for the user.
            began: When the proof began; None: now.
        """
        now = began or self.clock.now()
        token = Token.mint(TokenKind.SIGN_IN, self.randomness.bytes(RANDOM_BYTES))
        sign_in = SignIn(
            SignInId(self.randomness.uuid()),
            user.id,
            token.hash,
            now,
            now + (COMPANY_LASTS if company else LASTS),
            address,
            agent[:LONGEST_AGENT],
            company=company,
        )
        await self.sign_ins.add(sign_in)
        return SignedIn(user, sign_in), token


@attrs.frozen
class FindSignedIn:
    """Resolves a token to its user."""

    users: Users
    sign_ins: SignIns
    identity_providers: IdentityProviders
    clock: Clock

    async def __call__(self, text: str) -> SignedIn | None:
        """
        None also if the token is an operator's view, and its user is no operator any more; or if it
        is by a company's provider that was removed or changed since.
        """
        token = Token.parse(TokenKind.SIGN_IN, text) or Token.parse(TokenKind.VIEW, text)
        sign_in = None if token is None else await self.sign_ins.of_token(token.hash)
        if sign_in is None or not sign_in.opens(at=self.clock.now()):
            return None
        if sign_in.company is not None:
            provider = await self.identity_providers.of_org(sign_in.company)
            if provider is None or sign_in.created < provider.since:
                return None
        user = await self.users.of_id(sign_in.user)
        if user is None or not (sign_in.org is None or user.is_operator):
            return None
        now = self.clock.now()
        if sign_in.last_seen is None or sign_in.last_seen < now - LAST_SEEN_STEP:
            await self.sign_ins.note_use(sign_in.id, at=now)
        return SignedIn(user, sign_in)
