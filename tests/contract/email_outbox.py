"""What every `EmailOutbox` promises."""

from datetime import timedelta

import pytest

from tests.contract.values import NOW

from aldea_core.domain.access.emails import Email, WantedToken
from aldea_core.domain.access.tokens import TokenKind
from aldea_core.ports.email_outbox import OutboxState


ONE = Email("ann@example.com", "One", "First.\n", WantedToken(TokenKind.RESET, "ann"))
TWO = Email("bob@example.com", "Two", "\u00d6h.\n")
LATER = NOW + timedelta(minutes=5)


async def claimed(outbox, at=NOW, until=LATER):
    return await outbox.claim(at=at, until=until)


class EmailOutboxContract:
    """Subclasses give fixtures `outbox`, empty, and `transaction` of the same database."""

    async def test_emails_are_claimed_whole_and_in_order(self, outbox):
        for email in (ONE, TWO):
            await outbox.add(email, at=NOW)
        found = [await claimed(outbox), await claimed(outbox)]

        assert [waiting.email for waiting in found] == [ONE, TWO]
        assert [(waiting.added, waiting.failures) for waiting in found] == [(NOW, 0)] * 2
        assert await claimed(outbox) is None

    async def test_claim_ends(self, outbox):
        """
        An email whose sender died before it was marked is claimed again.
        """
        await outbox.add(ONE, at=NOW)
        first = await claimed(outbox)

        assert await claimed(outbox, LATER - timedelta(seconds=1)) is None
        assert await claimed(outbox, LATER, LATER + timedelta(days=1)) == first

    async def test_sent_email_is_not_claimed_again(self, outbox):
        await outbox.add(ONE, at=NOW)
        waiting = await claimed(outbox)
        await outbox.mark_sent(waiting.id, at=NOW)

        assert not await outbox.is_waiting(waiting.id)
        assert await claimed(outbox, LATER) is None
        assert await outbox.state() == OutboxState(0, None, 0)

    async def test_put_off_email_is_claimed_when_it_is_due(self, outbox):
        """
        Before the end of its claim, with one failure more.
        """
        await outbox.add(ONE, at=NOW)
        waiting = await claimed(outbox)
        await outbox.postpone(waiting.id, "away", until=NOW + timedelta(seconds=5))

        assert await claimed(outbox, NOW + timedelta(seconds=4)) is None
        assert (await claimed(outbox, NOW + timedelta(seconds=5))).failures == 1

    async def test_failed_email_is_counted_until_it_is_forgotten(self, outbox):
        await outbox.add(ONE, at=NOW)
        await outbox.add(TWO, at=NOW + timedelta(seconds=1))
        await outbox.mark_failed((await claimed(outbox)).id, "r" * 1000, at=NOW)

        second = NOW + timedelta(seconds=1)
        assert await outbox.state() == OutboxState(1, second, 1)
        await outbox.forget(before=NOW)
        assert (await outbox.state()).failed == 1
        await outbox.forget(before=LATER)
        assert await outbox.state() == OutboxState(1, second, 0)

    async def test_sent_email_stays_sent(self, outbox):
        """
        A sender whose claim ended while it was sending marks it late.
        """
        await outbox.add(ONE, at=NOW)
        waiting = await claimed(outbox)
        await outbox.mark_sent(waiting.id, at=NOW)
        await outbox.mark_failed(waiting.id, "late", at=NOW)
        await outbox.postpone(waiting.id, "late", until=NOW)

        assert await outbox.state() == OutboxState(0, None, 0)
        assert await claimed(outbox, LATER) is None

    async def test_withdrawn_emails_are_not_sent(self, outbox):
        """
        Those whose token would be for that owner, and claimed ones too.
        """
        await outbox.add(ONE, at=NOW)
        waiting = await claimed(outbox)
        await outbox.add(ONE, at=NOW)
        await outbox.add(TWO, at=NOW)
        await outbox.withdraw("ann")

        assert not await outbox.is_waiting(waiting.id)
        assert (await claimed(outbox)).email == TWO

    async def test_removed_email_is_gone_alone(self, outbox):
        await outbox.add(ONE, at=NOW)
        await outbox.add(ONE, at=NOW)
        await outbox.remove((await claimed(outbox)).id)

        assert (await outbox.state()).waiting == 1

    async def test_email_is_kept_with_its_transaction_only(self, outbox, transaction):
        with pytest.raises(ZeroDivisionError):
            async with transaction.about("thing"):
                await outbox.add(ONE, at=NOW)
                raise ZeroDivisionError
        assert await claimed(outbox) is None

        async with transaction.about("thing"):
            await outbox.add(TWO, at=NOW)
        assert (await claimed(outbox)).email == TWO
