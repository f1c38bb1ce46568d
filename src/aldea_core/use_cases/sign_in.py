"""Begin and end sign-ins, and tell who is signed in."""

from datetime import timedelta

import attrs

from aldea_core.domain.ids import SignInId
from aldea_core.domain.people import SignIn, User, proper_email
from aldea_core.domain.tokens import RANDOM_BYTES, Token, TokenKind
from aldea_core.ports.chance import Chance
from aldea_core.ports.clock import Clock
from aldea_core.ports.passwords import Passwords
from aldea_core.ports.sign_ins import SignIns
from aldea_core.ports.users import Users


LASTS = timedelta(days=30)
LONGEST_AGENT = 200


@attrs.frozen
class SignedIn:
    """Who is there, by which sign-in."""

    user: User
    sign_in: SignIn


@attrs.frozen
class BeginSignIn:
    """Gives a token to whoever knows the password of a confirmed address."""

    users: Users
    sign_ins: SignIns
    passwords: Passwords
    chance: Chance
    clock: Clock

    async def __call__(
        self, email: str, password: str, *, address: str = "", agent: str = ""
    ) -> tuple[SignedIn, Token] | None:
        """The sign-in with its token, or None: which part was wrong is not told."""
        user = await self.users.of_email(proper_email(email))
        fits = await self.passwords.verify(None if user is None else user.password, password)
        if user is None or not fits or user.confirmed is None:
            return None
        now = self.clock.now()
        token = Token.mint(TokenKind.SIGN_IN, self.chance.bytes(RANDOM_BYTES))
        sign_in = SignIn(
            SignInId(self.chance.uuid()),
            user.id,
            token.hash,
            now,
            now + LASTS,
            address,
            agent[:LONGEST_AGENT],
        )
        await self.sign_ins.add(sign_in)
        return SignedIn(user, sign_in), token


@attrs.frozen
class FindSignedIn:
    """Tells who stands behind a token."""

    users: Users
    sign_ins: SignIns
    clock: Clock

    async def __call__(self, text: str) -> SignedIn | None:
        token = Token.parse(TokenKind.SIGN_IN, text)
        sign_in = None if token is None else await self.sign_ins.of_token(token.hash)
        if sign_in is None or not sign_in.opens(at=self.clock.now()):
            return None
        for user in await self.users.some([sign_in.user]):
            return SignedIn(user, sign_in)
        return None
