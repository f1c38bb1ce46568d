"""What every `EmailSender` promises."""

from aldea_core.domain.access.emails import Email


class EmailSenderContract:
    """
    Subclasses give fixtures `emails` and `delivered`, which waits for emails and returns them.
    """

    async def test_emails_arrive_whole_and_in_order(self, emails, delivered):
        posted = [Email("ann@example.com", "One", "First.\n"), Email("b@x.co", "Two", "Öh.\n")]
        for email in posted:
            await emails.send(email)

        assert await delivered(2) == posted
