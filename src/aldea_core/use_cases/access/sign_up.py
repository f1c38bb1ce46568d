"""
Sign up a new user.

Only the owner of an address learns whether it has an account. The response is therefore always the
same, and a new account is pending until its address is confirmed, unless the deployment sends no
emails (`is_confirmed`).
"""

import attrs

from aldea_core.domain.access.emails import EmailTemplates
from aldea_core.domain.access.people import User, proper_email
from aldea_core.domain.access.tokens import Token, TokenKind
from aldea_core.domain.errors import BadRequest
from aldea_core.domain.ids import UserId
from aldea_core.ports.clock import Clock
from aldea_core.ports.email_outbox import EmailOutbox
from aldea_core.ports.randomness import Randomness
from aldea_core.ports.sign_ins import OneTimeTokens
from aldea_core.ports.transaction import Transaction
from aldea_core.ports.users import Users
from aldea_core.use_cases.access.invite import AcceptInvitation
from aldea_core.use_cases.access.open_account import AccountDetails, OpenAccount, OpenedAccount


@attrs.frozen
class AskToConfirm:
    """Sends the confirmation email of a pending account."""

    outbox: EmailOutbox
    email_templates: EmailTemplates
    clock: Clock

    async def __call__(self, user: User) -> None:
        email = self.email_templates.confirmation(user.email, user.id)
        await self.outbox.add(email, at=self.clock.now())


@attrs.frozen
class ConfirmAgain:
    """Sends the confirmation email of a pending account again, and nothing to any other address."""

    users: Users
    ask_to_confirm: AskToConfirm

    async def __call__(self, email: str) -> None:
        user = await self.users.of_email(proper_email(email))
        if user is not None and user.confirmed is None:
            await self.ask_to_confirm(user)


@attrs.frozen
class SignUp:
    """
    Creates an account: pending, or opened at once if the address is proven.

    An invitation proves the address, because its token was sent there by email. An invited user
    joins the inviting org instead of getting an own one.

    Args:
        is_confirmed: Whether addresses are trusted without confirmation.
    """

    users: Users
    accept: AcceptInvitation
    open_account: OpenAccount
    ask_to_confirm: AskToConfirm
    outbox: EmailOutbox
    email_templates: EmailTemplates
    transaction: Transaction
    randomness: Randomness
    clock: Clock
    is_confirmed: bool

    async def __call__(
        self, email: str, details: AccountDetails | None = None, *, invitation: str = ""
    ) -> OpenedAccount | None:
        """
        The account, if it was opened.

        Args:
            details: For an account that is opened at once. For a pending account they are ignored;
                they come with the confirmation.

        Raises:
            BadRequest: The details are missing or invalid, or the invitation is expired or for
                another address.
        """
        email = proper_email(email)
        if invitation:  # checked first, so that the response reveals nothing about the address
            await self.accept.find(email, invitation)
        if self.is_confirmed or invitation:
            return await self._open(email, details, invitation)
        async with self.transaction.about(email):
            user = await self._known_or_pending(email)
            if user.confirmed is None:
                await self.ask_to_confirm(user)
                return None
        await self._say_it_is_known(email)
        return None

    async def _open(
        self, email: str, details: AccountDetails | None, invitation: str
    ) -> OpenedAccount | None:
        if details is None:
            raise BadRequest(
                "This account opens at once: it needs a name and a password.", field="password"
            )
        opening = await self.open_account.prepare(details, email=email)
        async with self.transaction.about(email):
            user = await self._known_or_pending(email)
            async with self.transaction.about(user.id):
                if user.confirmed is None:
                    opened = await self.open_account(user, opening, with_org=not invitation)
                    if invitation:
                        joined = await self.accept(opened.user, invitation)
                        return attrs.evolve(opened, joined=joined)
                    return opened
        await self._say_it_is_known(email)
        return None

    async def _say_it_is_known(self, email: str) -> None:
        known = self.email_templates.known_address(email)
        await self.outbox.add(known, at=self.clock.now())

    async def _known_or_pending(self, email: str) -> User:
        known = await self.users.of_email(email)
        if known is None:
            known = User(UserId(self.randomness.uuid()), email, "", "", self.clock.now())
            await self.users.add(known)
        return known


@attrs.frozen
class ConfirmAddress:
    """
    Confirms an address with the token of the confirmation email, and opens the account.

    Name and password come with the token, because another person may have signed up with the
    address.
    """

    users: Users
    one_time_tokens: OneTimeTokens
    open_account: OpenAccount
    transaction: Transaction
    clock: Clock

    async def __call__(self, text: str, details: AccountDetails) -> OpenedAccount:
        """
        Raises:
            BadRequest: The token is unknown, used or expired; or the details are invalid.
        """
        token = Token.parse(TokenKind.CONFIRMATION, text)
        owner = token and await self._owner(token)
        if token and owner:
            (user,) = await self.users.some([owner])
            opening = await self.open_account.prepare(details, email=user.email)
            async with self.transaction.about(owner):
                (user,) = await self.users.some([owner])
                if user.confirmed is None and await self._owner(token) == owner:
                    return await self.open_account(user, opening)
        raise BadRequest("This link was used already, or it is too old.", field="token")

    async def _owner(self, token: Token) -> UserId | None:
        return await self.one_time_tokens.find(
            token.hash, TokenKind.CONFIRMATION, at=self.clock.now()
        )
