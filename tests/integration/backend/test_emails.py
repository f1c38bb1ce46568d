"""Emails by SMTP, to a mail server on this machine."""

import pytest

from tests.contract.emails import EmailSenderContract
from tests.servers.mail import mail_server

from adapters.smtp.emails import BadMailUrl, MailServer, SmtpEmails
from aldea_core.domain.access.emails import Email
from aldea_core.domain.errors import Unavailable
from aldea_core.ports.emails import Undeliverable


EMAIL = Email("ann@example.com", "One", "First.\n")


@pytest.fixture
async def mail():
    async with mail_server() as mail:
        yield mail


def emails_to(mail) -> SmtpEmails:
    server = MailServer.parse(f"smtp://127.0.0.1:{mail.port}")
    return SmtpEmails(server, "Aldea <no-reply@aldea.local>")


class TestSmtpEmails(EmailSenderContract):
    @pytest.fixture
    def emails(self, mail):
        return emails_to(mail)

    @pytest.fixture
    def delivered(self, mail):
        return mail.delivered


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        (b"451 ann@example.com: not now", Unavailable),
        (b"550 ann@example.com: unknown", Undeliverable),
    ],
)
async def test_servers_code_says_whether_to_try_again(refusal, error):
    """
    Its text may repeat the address, so it is not kept.
    """
    async with mail_server() as mail:
        mail.refusal = refusal
        with pytest.raises(error) as refused:
            await emails_to(mail).send(EMAIL)

    assert "ann" not in str(refused.value) + getattr(refused.value, "why", "")
    assert mail.emails == []


async def test_absent_server_is_tried_again():
    async with mail_server() as mail:
        emails = emails_to(mail)
    with pytest.raises(Unavailable) as away:
        await emails.send(EMAIL)
    assert "ConnectionRefusedError" in away.value.in_full


async def test_invalid_email_is_given_up(mail):
    with pytest.raises(Undeliverable):
        await emails_to(mail).send(Email("ann@example.com", "Two\nlines", "Lost.\n"))


async def test_smtp_password_needs_tls(mail):
    server = MailServer.parse(f"smtp://ann:hidden@127.0.0.1:{mail.port}")
    with pytest.raises(Unavailable):
        await SmtpEmails(server, "no-reply@aldea.local").send(EMAIL)

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
