"""
Let somebody in who was not here before.

Whether an address is known is told to nobody but whoever reads its letters. So the answer is the
same for all, and a new account is pending until its address is confirmed, unless this is a place
where letters are not read (`is_confirmed`).
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
from aldea_core.ports.randomness import Randomness
from aldea_core.ports.sign_ins import OneTimeTokens
from aldea_core.ports.transaction import Transaction
from aldea_core.ports.users import Users
from aldea_core.use_cases.access.invite import AcceptInvitation
from aldea_core.use_cases.access.open_account import AccountDetails, OpenAccount, Opened


CONFIRM_WITHIN = timedelta(days=3)


@attrs.frozen
class AskToConfirm:
    """Sends the owner of a pending account the letter with which they open it."""

    one_time_tokens: OneTimeTokens
    emails: EmailSender
    email_templates: EmailTemplates
    randomness: Randomness
    clock: Clock

    async def __call__(self, user: User) -> None:
        token = Token.mint(TokenKind.CONFIRMATION, self.randomness.bytes(RANDOM_BYTES))
        expires = self.clock.now() + CONFIRM_WITHIN
        await self.one_time_tokens.add(
            OneTimeToken(token.hash, user.id, TokenKind.CONFIRMATION, expires)
        )
        self.emails.post(self.email_templates.confirmation(user.email, token))


@attrs.frozen
class SignUp:
    """
    Makes an account: a pending one, or, where the address is proven, one that opens at once.

    Whoever brings an invitation read the letter it came in: that proves their address, and they
    join that org instead of having their own.

    Args:
        is_confirmed: Whether addresses are taken to be who they say.
    """

    users: Users
    accept: AcceptInvitation
    open_account: OpenAccount
    ask_to_confirm: AskToConfirm
    emails: EmailSender
    email_templates: EmailTemplates
    transaction: Transaction
    randomness: Randomness
    clock: Clock
    is_confirmed: bool

    async def __call__(
        self, email: str, details: AccountDetails | None = None, *, invitation: str = ""
    ) -> Opened | None:
        """
        The account, if it is open now.

        Args:
            details: For an account that opens at once. A pending one gets its own with the
                confirmation, and nothing is kept of these.

        Raises:
            BadRequest: The details are missing or will not do, or the invitation is for somebody
                else or too old.
        """
        email = proper_email(email)
        if invitation:  # looked at first, so that the answer tells nothing about the address
            await self.accept.find(email, invitation)
        if self.is_confirmed or invitation:
            return await self._open(email, details, invitation)
        async with self.transaction.about(email):
            user = await self._known_or_pending(email)
            if user.confirmed is None:
                await self.ask_to_confirm(user)
                return None
        self.emails.post(self.email_templates.known_address(email))
        return None

    async def _open(
        self, email: str, details: AccountDetails | None, invitation: str
    ) -> Opened | None:
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
        self.emails.post(self.email_templates.known_address(email))
        return None

    async def _known_or_pending(self, email: str) -> User:
        known = await self.users.of_email(email)
        if known is None:
            known = User(UserId(self.randomness.uuid()), email, "", "", self.clock.now())
            await self.users.add(known)
        return known


@attrs.frozen
class ConfirmAddress:
    """
    Takes the token of the letter as proof that the address is theirs, and opens the account.

    Name and password come with the token: who signed up with the address may be somebody else.
    """

    users: Users
    one_time_tokens: OneTimeTokens
    open_account: OpenAccount
    transaction: Transaction
    clock: Clock

    async def __call__(self, text: str, details: AccountDetails) -> Opened:
        """
        Raises:
            BadRequest: The token is unknown, used or too old; or the details will not do.
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
