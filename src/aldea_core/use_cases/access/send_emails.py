"""
Send the emails of the outbox, one at a time.

The token of an email is made when it is sent and not when it is asked for, so that the database
never holds one in plain text, and its time begins when it is sent.
"""

from datetime import timedelta

import attrs

from aldea_core.domain.access.emails import TRIED_FOR, Email, pause_after
from aldea_core.domain.errors import Unavailable
from aldea_core.ports.clock import Clock
from aldea_core.ports.email_outbox import EmailOutbox, WaitingEmail
from aldea_core.ports.emails import EmailSender, Undeliverable
from aldea_core.ports.transaction import Transaction
from aldea_core.use_cases.access.issue_token import IssueToken


# Longer than an attempt takes: a server has 20 seconds for each step of it.
CLAIMED_FOR = timedelta(minutes=5)


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
        email, wanted = waiting.email, waiting.email.wanted_token
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
            await self._postpone(waiting, error.why or str(error))
        else:
            await self.outbox.mark_sent(waiting.id, at=self.clock.now())

    async def _postpone(self, waiting: WaitingEmail, reason: str) -> None:
        now = self.clock.now()
        due = now + pause_after(waiting.failures + 1)
        if due - waiting.added > TRIED_FOR:
            await self.outbox.mark_failed(waiting.id, reason, at=now)
        else:
            await self.outbox.postpone(waiting.id, reason, until=due)
