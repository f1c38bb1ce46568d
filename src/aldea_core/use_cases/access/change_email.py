"""
Change a user's address. The readers of the old and of the new address both confirm it.

A wrong new address takes no account away, and neither does a session that was left open: the
password is asked for, and the owner of the old address learns of it first.
"""

from datetime import timedelta

import attrs

from aldea_core.domain.access.emails import EmailTemplates
from aldea_core.domain.access.people import CHANGE_KINDS, EmailChange, User, valid_email
from aldea_core.domain.access.tokens import Token
from aldea_core.domain.errors import BadRequest, Conflict
from aldea_core.domain.ids import EmailChangeId
from aldea_core.ports.clock import Clock
from aldea_core.ports.email_changes import EmailChanges
from aldea_core.ports.email_outbox import EmailOutbox
from aldea_core.ports.randomness import Randomness
from aldea_core.ports.sign_ins import OneTimeTokens
from aldea_core.ports.transaction import Transaction
from aldea_core.ports.users import Users
from aldea_core.use_cases.access.check_password import CheckPassword


CHANGE_WITHIN = timedelta(days=1)


@attrs.frozen
class RequestEmailChange:
    """Sends an email to both addresses."""

    users: Users
    check_password: CheckPassword
    email_changes: EmailChanges
    outbox: EmailOutbox
    email_templates: EmailTemplates
    transaction: Transaction
    randomness: Randomness
    clock: Clock

    async def __call__(self, user: User, email: str, password: str) -> EmailChange:
        """
        The change. It is the same for an address that has an account already, whose reader alone
        learns of that.

        Raises:
            BadRequest: The password is wrong, or the address is invalid.
            Conflict: It is the user's address already.
            TooManyAttempts: Too many passwords were wrong.
        """
        email = valid_email(email)
        await self.check_password(user, password)
        if email == user.email:
            raise Conflict("This is your address already.")
        now = self.clock.now()
        change = EmailChange(
            EmailChangeId(self.randomness.uuid()), user.id, email, now + CHANGE_WITHIN
        )
        templates = self.email_templates
        async with self.transaction.about(user.id):
            other = await self.users.of_email(email)
            is_taken = other is not None and other.confirmed is not None
            to_new = templates.address_in_use(email) if is_taken else templates.change_to(change)
            await self.email_changes.put(change)
            await self.outbox.add(templates.change_from(user.email, change), at=now)
            await self.outbox.add(to_new, at=now)
        return change


@attrs.frozen
class ConfirmEmailChange:
    """Confirms a change with the token of one of its emails; the second one completes it."""

    users: Users
    email_changes: EmailChanges
    one_time_tokens: OneTimeTokens
    outbox: EmailOutbox
    email_templates: EmailTemplates
    transaction: Transaction
    clock: Clock

    async def __call__(self, text: str) -> tuple[User, EmailChange]:
        """
        The user as they were before, and the change.

        Raises:
            BadRequest: The token is unknown, used or expired, or the address has an account now.
        """
        for kind in CHANGE_KINDS:
            token = Token.parse(kind, text)
            known = token and await self.email_changes.of_token(token.hash)
            if not token or not known:
                continue
            async with self.transaction.about(known.user):
                change = await self.email_changes.find(known.id)
                is_good = change is not None and change.opens(at=self.clock.now())
                if change is None or not is_good or change.tokens.get(kind) != token.hash:
                    break
                (user,) = await self.users.some([change.user])
                change = attrs.evolve(change, confirmed=change.confirmed | {kind})
                if change.is_complete:
                    await self._complete(user, change)
                else:
                    await self.email_changes.put(change)
                return user, change
        raise BadRequest("This link was used already, or it is too old.", field="token")

    async def _complete(self, user: User, change: EmailChange) -> None:
        other = await self.users.of_email(change.email)
        if other is not None and other.confirmed is None:
            await self.users.remove(other.id)  # the reader of the address chose this account
        if not await self.users.set_email(user.id, change.email):
            raise BadRequest("This address has an account already.", field="token")
        await self.email_changes.remove(user.id)
        # The reader of the old address has nothing to do with the account any more.
        await self.one_time_tokens.end_all(user.id)
        await self.outbox.withdraw(user.id)
        changed = self.email_templates.address_changed(user.email, change.email)
        await self.outbox.add(changed, at=self.clock.now())
