"""
Send the emails of the outbox, one at a time, and make the tokens that they need.

A token is made when its email is sent and not when it is asked for, so that the database never
holds one in plain text, and its time begins when it is sent.
"""

from datetime import timedelta

import attrs

from aldea_core.domain.access.emails import TRIED_FOR, Email, TokenFor, pause_after
from aldea_core.domain.access.people import CHANGE_KINDS, OneTimeToken
from aldea_core.domain.access.tokens import RANDOM_BYTES, Token, TokenKind
from aldea_core.domain.errors import Unavailable
from aldea_core.domain.ids import EmailChangeId, InvitationId, UserId
from aldea_core.ports.clock import Clock
from aldea_core.ports.email_changes import EmailChanges
from aldea_core.ports.email_outbox import EmailOutbox, WaitingEmail
from aldea_core.ports.emails import EmailSender, Undeliverable
from aldea_core.ports.members import Invitations
from aldea_core.ports.randomness import Randomness
from aldea_core.ports.sign_ins import OneTimeTokens
from aldea_core.ports.transaction import Transaction
from aldea_core.ports.users import Users


# Longer than an attempt takes: a server has 20 seconds for each step of it.
CLAIMED_FOR = timedelta(minutes=5)
# How long a token is valid. An invitation says itself how long it is open.
VALID_FOR = {
    TokenKind.CONFIRMATION: timedelta(days=3),
    TokenKind.RESET: timedelta(hours=1),
}


@attrs.frozen
class IssueToken:
    """Makes the token of an email, and stores its hash."""

    users: Users
    invitations: Invitations
    one_time_tokens: OneTimeTokens
    email_changes: EmailChanges
    randomness: Randomness
    clock: Clock

    async def __call__(self, wanted: TokenFor) -> Token | None:
        """The token; None if its owner is gone, or needs none any more."""
        token = Token.mint(wanted.kind, self.randomness.bytes(RANDOM_BYTES))
        if wanted.kind is TokenKind.INVITATION:
            is_open = await self.invitations.set_token(InvitationId(wanted.owner), token.hash)
            return token if is_open else None
        if wanted.kind in CHANGE_KINDS:
            change = await self.email_changes.find(EmailChangeId(wanted.owner))
            if change is None:
                return None
            await self.email_changes.put(change.with_token(wanted.kind, token.hash))
            return token
        for user in await self.users.some([UserId(wanted.owner)]):
            if wanted.kind is TokenKind.CONFIRMATION and user.confirmed is not None:
                return None
            expires = self.clock.now() + VALID_FOR[wanted.kind]
            await self.one_time_tokens.add(OneTimeToken(token.hash, user.id, wanted.kind, expires))
            return token
        return None


@attrs.frozen
class SendEmails:
    """Sends the email that is due longest."""

    outbox: EmailOutbox
    emails: EmailSender
    issue_token: IssueToken
    transaction: Transaction
    clock: Clock

    async def __call__(self) -> int:
        """
        How many emails were due: none or one.

        Raises:
            Unavailable: The database does not answer. The email stays in the outbox.
        """
        now = self.clock.now()
        waiting = await self.outbox.claim(at=now, until=now + CLAIMED_FOR)
        if waiting is None:
            return 0
        email = await self._complete(waiting)
        if email is not None:
            await self._send(waiting, email)
        return 1

    async def _complete(self, waiting: WaitingEmail) -> Email | None:
        """The email with its token; None if it was withdrawn."""
        email, wanted = waiting.email, waiting.email.token_for
        if wanted is None:
            return email
        async with self.transaction.about(wanted.owner):
            token = None
            if await self.outbox.is_waiting(waiting.id):
                token = await self.issue_token(wanted)
            if token is None:
                await self.outbox.remove(waiting.id)
                return None
        return email.with_token(token)

    async def _send(self, waiting: WaitingEmail, email: Email) -> None:
        try:
            await self.emails.send(email)
        except Undeliverable as error:
            await self.outbox.mark_failed(waiting.id, str(error), at=self.clock.now())
        except Unavailable as error:
            await self._put_off(waiting, error.why or str(error))
        else:
            await self.outbox.mark_sent(waiting.id, at=self.clock.now())

    async def _put_off(self, waiting: WaitingEmail, reason: str) -> None:
        now = self.clock.now()
        due = now + pause_after(waiting.failures + 1)
        if due - waiting.added > TRIED_FOR:
            await self.outbox.mark_failed(waiting.id, reason, at=now)
        else:
            await self.outbox.put_off(waiting.id, reason, until=due)
