"""
Change a password, with the old password or with a one-time token sent by email.

Either way, all sign-ins and all one-time tokens of the user end, because others may have obtained
them.
"""

import attrs

from aldea_core.domain.access.emails import EmailTemplates
from aldea_core.domain.access.people import User, proper_email
from aldea_core.domain.access.tokens import Token, TokenKind
from aldea_core.domain.errors import BadRequest
from aldea_core.domain.ids import UserId
from aldea_core.ports.clock import Clock
from aldea_core.ports.email_changes import EmailChanges
from aldea_core.ports.email_outbox import EmailOutbox
from aldea_core.ports.sign_ins import OneTimeTokens, SignIns
from aldea_core.ports.transaction import Transaction
from aldea_core.ports.users import Users
from aldea_core.use_cases.access.check_password import CheckPassword
from aldea_core.use_cases.access.choose_password import ChoosePassword
from aldea_core.use_cases.access.sign_up import AskToConfirm


@attrs.frozen
class RequestReset:
    """
    Sends a reset email if the address has an account, and returns the same in all cases.

    A pending account has no password; it gets its confirmation email again.
    """

    users: Users
    ask_to_confirm: AskToConfirm
    outbox: EmailOutbox
    email_templates: EmailTemplates
    clock: Clock

    async def __call__(self, email: str) -> None:
        user = await self.users.of_email(proper_email(email))
        if user is None:
            return
        if user.confirmed is None:
            await self.ask_to_confirm(user)
            return
        reset = self.email_templates.reset(user.email, user.id)
        await self.outbox.add(reset, at=self.clock.now())


@attrs.frozen
class SetPassword:
    """
    Replaces the password, ends all sign-ins, one-time tokens (those of waiting emails too) and a
    change of the address that is under way, and notifies the user.
    """

    users: Users
    sign_ins: SignIns
    one_time_tokens: OneTimeTokens
    email_changes: EmailChanges
    outbox: EmailOutbox
    email_templates: EmailTemplates
    clock: Clock

    async def __call__(self, user: User, hashed: str) -> None:
        await self.users.put(attrs.evolve(user, password=hashed))
        await self.sign_ins.end_all(user.id)
        await self.one_time_tokens.end_all(user.id)
        await self.email_changes.remove(user.id)
        await self.outbox.withdraw(user.id)
        changed = self.email_templates.password_changed(user.email)
        await self.outbox.add(changed, at=self.clock.now())


@attrs.frozen
class ResetPassword:
    """Sets a new password, given the token of the reset email."""

    users: Users
    one_time_tokens: OneTimeTokens
    choose_password: ChoosePassword
    set_password: SetPassword
    transaction: Transaction
    clock: Clock

    async def __call__(self, text: str, password: str) -> User:
        """
        Raises:
            BadRequest: The token is unknown, used or expired; or the password is easy to guess.
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
    """Sets a new password, given the old one."""

    users: Users
    check_password: CheckPassword
    choose_password: ChoosePassword
    set_password: SetPassword
    transaction: Transaction

    async def __call__(self, user: User, old: str, new: str) -> None:
        """
        Raises:
            BadRequest: The old password is wrong, or the new one is easy to guess.
            TooManyAttempts: Too many passwords were wrong.
        """
        await self.check_password(user, old, field="old")
        hashed = await self.choose_password(new, known=[user.email, user.name], field="new")
        async with self.transaction.about(user.id):
            (now,) = await self.users.some([user.id])
            if now.password != user.password:  # lost the race against another change
                raise BadRequest("This is not your password.", field="old")
            await self.set_password(now, hashed)
