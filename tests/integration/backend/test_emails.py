"""Emails by SMTP, to a mail server on this machine."""

import pytest

from tests.contract.emails import EmailSenderContract
from tests.servers.mail import mail_server

from adapters.smtp.emails import BadMailUrl, MailServer, SmtpEmails
from aldea_core.domain.access.emails import Email


EMAIL = Email("ann@example.com", "One", "First.\n")


@pytest.fixture
async def mail():
    async with mail_server() as mail:
        yield mail


def emails_to(mail) -> SmtpEmails:
    server = MailServer.parse(f"smtp://127.0.0.1:{mail.port}")
    return SmtpEmails(server, "Aldea <no-reply@aldea.local>", pause=0.01)


class TestSmtpEmails(EmailSenderContract):
    @pytest.fixture
    async def emails(self, mail):
        emails = emails_to(mail)
        yield emails
        await emails.close()

    @pytest.fixture
    def delivered(self, mail):
        return mail.delivered


async def test_refused_email_is_retried_three_times():
    """
    Then the next email is sent.
    """
    async with mail_server(refusals=2) as mail:
        emails = emails_to(mail)
        emails.post(EMAIL)
        assert await mail.delivered(1) == [EMAIL]

        mail.refusals = 3
        emails.post(Email("bob@example.com", "Lost", "Lost.\n"))
        emails.post(EMAIL)
        assert await mail.delivered(2) == [EMAIL, EMAIL]
        await emails.close()


async def test_invalid_email_delays_no_other(mail):
    """
    It is dropped and logged.
    """
    emails = emails_to(mail)
    emails.post(Email("ann@example.com", "Two\nlines", "Lost.\n"))
    emails.post(EMAIL)

    assert await mail.delivered(1) == [EMAIL]
    await emails.close()


async def test_close_sends_waiting_emails():
    """
    Of users who signed up just before.
    """
    async with mail_server() as mail:
        emails = emails_to(mail)
        emails.post(EMAIL)
        await emails.close()

        assert mail.emails == [EMAIL]


async def test_smtp_password_needs_tls():
    async with mail_server() as mail:
        server = MailServer.parse(f"smtp://ann:hidden@127.0.0.1:{mail.port}")
        emails = SmtpEmails(server, "no-reply@aldea.local", pause=0)
        emails.post(EMAIL)
        await emails.close()

        assert mail.emails == []
        assert "hidden" not in repr(server)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail", MailServer("mail", 587)),
        ("smtps://mail", MailServer("mail", 465, True)),
        ("smtps://a%40b:p%2Fq@mail:25", MailServer("mail", 25, True, "a@b", "p/q")),
    ],
)
def test_smtp_url_is_parsed(url, server):
    """
    With the usual defaults.
    """
    assert MailServer.parse(url) == server


@pytest.mark.parametrize(
    "url", ["", "mail", "http://u:hidden@mail", "smtp://", "smtp://u:hidden@m:x"]
)
def test_invalid_smtp_url_is_refused_without_its_password(url):
    with pytest.raises(BadMailUrl) as wrong:
        MailServer.parse(url)
    assert "hidden" not in str(wrong.value)
    assert "smtp://" in str(wrong.value)
