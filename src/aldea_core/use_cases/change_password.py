"""
Choose another password: knowing the old one, or by a letter.

Whichever way, every sign-in of the user ends: somebody else may have had the old one.
"""

from datetime import timedelta

import attrs

from aldea_core.domain.errors import BadRequest
from aldea_core.domain.letters import Stationery
from aldea_core.domain.people import Errand, User, proper_email
from aldea_core.domain.tokens import RANDOM_BYTES, Token, TokenKind
from aldea_core.ports.chance import Chance
from aldea_core.ports.clock import Clock
from aldea_core.ports.letters import Letters
from aldea_core.ports.passwords import Passwords
from aldea_core.ports.sign_ins import Errands, SignIns
from aldea_core.ports.together import Together
from aldea_core.ports.users import Users


RESET_WITHIN = timedelta(hours=1)


@attrs.frozen
class RequestReset:
    """Sends a letter to whoever has an account, and says nothing."""

    users: Users
    errands: Errands
    letters: Letters
    stationery: Stationery
    chance: Chance
    clock: Clock

    async def __call__(self, email: str) -> None:
        user = await self.users.of_email(proper_email(email))
        if user is None:
            return
        token = Token.mint(TokenKind.RESET, self.chance.bytes(RANDOM_BYTES))
        expires = self.clock.now() + RESET_WITHIN
        await self.errands.add(Errand(token.hash, user.id, TokenKind.RESET, expires))
        self.letters.post(self.stationery.reset(user.email, token))


@attrs.frozen
class SetPassword:
    """Puts a password in the place of the old one."""

    users: Users
    sign_ins: SignIns
    letters: Letters
    stationery: Stationery

    async def __call__(self, user: User, hashed: str) -> None:
        await self.users.put(attrs.evolve(user, password=hashed))
        await self.sign_ins.end_all(user.id)
        self.letters.post(self.stationery.password_changed(user.email))


@attrs.frozen
class ResetPassword:
    """Takes the token of the letter for the old password, and as proof of the address."""

    users: Users
    errands: Errands
    passwords: Passwords
    set_password: SetPassword
    together: Together
    clock: Clock

    async def __call__(self, text: str, password: str) -> User:
        """
        Raises:
            BadRequest: The token is unknown, used or too old.
        """
        token = Token.parse(TokenKind.RESET, text)
        hashed = await self.passwords.hash(password)
        now = self.clock.now()
        async with self.together.about():
            owner = token and await self.errands.take(token.hash, TokenKind.RESET, at=now)
            for user in await self.users.some([owner] if owner else []):
                await self.set_password(attrs.evolve(user, confirmed=user.confirmed or now), hashed)
                return user
        raise BadRequest("This link was used already, or it is too old.", field="token")


@attrs.frozen
class ChangePassword:
    """Takes the old password for a new one."""

    passwords: Passwords
    set_password: SetPassword
    together: Together

    async def __call__(self, user: User, old: str, new: str) -> None:
        """
        Raises:
            BadRequest: The old one is wrong.
        """
        if not await self.passwords.verify(user.password, old):
            raise BadRequest("This is not your password.", field="old")
        hashed = await self.passwords.hash(new)
        async with self.together.about(user.id):
            await self.set_password(user, hashed)
