"""
Choose another password: knowing the old one, or by a letter.

Whichever way, whatever the old one or a letter opened is over: every sign-in of the user, and every
letter that was sent before. Somebody else may have had them.
"""

from datetime import timedelta

import attrs

from aldea_core.domain.access.emails import EmailTemplates
from aldea_core.domain.access.people import OneTimeToken, User, proper_email
from aldea_core.domain.access.tokens import RANDOM_BYTES, Token, TokenKind
from aldea_core.domain.errors import BadRequest
from aldea_core.domain.ids import UserId
from aldea_core.ports.clock import Clock
from aldea_core.ports.emails import EmailSender
from aldea_core.ports.passwords import Passwords
from aldea_core.ports.randomness import Randomness
from aldea_core.ports.sign_ins import OneTimeTokens, SignIns
from aldea_core.ports.transaction import Transaction
from aldea_core.ports.users import Users
from aldea_core.use_cases.access.choose_password import ChoosePassword
from aldea_core.use_cases.access.sign_up import AskToConfirm


RESET_WITHIN = timedelta(hours=1)


@attrs.frozen
class RequestReset:
    """
    Sends a letter to whoever has an account, and says nothing.

    A pending account has no password to replace: its owner gets the letter that opens it.
    """

    users: Users
    one_time_tokens: OneTimeTokens
    ask_to_confirm: AskToConfirm
    emails: EmailSender
    email_templates: EmailTemplates
    randomness: Randomness
    clock: Clock

    async def __call__(self, email: str) -> None:
        user = await self.users.of_email(proper_email(email))
        if user is None:
            return
        if user.confirmed is None:
            await self.ask_to_confirm(user)
            return
        token = Token.mint(TokenKind.RESET, self.randomness.bytes(RANDOM_BYTES))
        expires = self.clock.now() + RESET_WITHIN
        await self.one_time_tokens.add(OneTimeToken(token.hash, user.id, TokenKind.RESET, expires))
        self.emails.post(self.email_templates.reset(user.email, token))


@attrs.frozen
class SetPassword:
    """Puts a password in the place of the old one."""

    users: Users
    sign_ins: SignIns
    one_time_tokens: OneTimeTokens
    emails: EmailSender
    email_templates: EmailTemplates

    async def __call__(self, user: User, hashed: str) -> None:
        await self.users.put(attrs.evolve(user, password=hashed))
        await self.sign_ins.end_all(user.id)
        await self.one_time_tokens.end_all(user.id)
        self.emails.post(self.email_templates.password_changed(user.email))


@attrs.frozen
class ResetPassword:
    """Takes the token of the letter for the old password."""

    users: Users
    one_time_tokens: OneTimeTokens
    choose_password: ChoosePassword
    set_password: SetPassword
    transaction: Transaction
    clock: Clock

    async def __call__(self, text: str, password: str) -> User:
        """
        Raises:
            BadRequest: The token is unknown, used or too old; or the password is easy to guess.
        """
        token = Token.parse(TokenKind.RESET, text)
        owner = token and await self._owner(token)
        if token and owner:
            (user,) = await self.users.some([owner])
            hashed = await self.choose_password(password, known=[user.email, user.name])
            async with self.transaction.about(owner):
                (user,) = await self.users.some([owner])
                if user.confirmed is not None and await self._owner(token) == owner:
                    await self.set_password(user, hashed)
                    return user
        raise BadRequest("This link was used already, or it is too old.", field="token")

    async def _owner(self, token: Token) -> UserId | None:
        return await self.one_time_tokens.find(token.hash, TokenKind.RESET, at=self.clock.now())


@attrs.frozen
class ChangePassword:
    """Takes the old password for a new one."""

    users: Users
    passwords: Passwords
    choose_password: ChoosePassword
    set_password: SetPassword
    transaction: Transaction

    async def __call__(self, user: User, old: str, new: str) -> None:
        """
        Raises:
            BadRequest: The old one is wrong, or the new one is easy to guess.
        """
        wrong = BadRequest("This is not your password.", field="old")
        if not await self.passwords.verify(user.password, old):
            raise wrong
        hashed = await self.choose_password(new, known=[user.email, user.name], field="new")
        async with self.transaction.about(user.id):
            (now,) = await self.users.some([user.id])
            if now.password != user.password:  # another change was faster
                raise wrong
            await self.set_password(now, hashed)
