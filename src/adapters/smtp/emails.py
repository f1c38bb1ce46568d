"""Sends emails by SMTP (RFC 5321), in a thread, because smtplib blocks."""

import asyncio
import smtplib
import ssl

from email.message import EmailMessage
from typing import final
from urllib.parse import unquote, urlsplit

import attrs

from typing_extensions import override

from aldea_core.domain.access.emails import Email
from aldea_core.domain.errors import AldeaError, Unavailable
from aldea_core.ports.emails import EmailSender, Undeliverable


# For each step: to connect, and to send one command.
_SECONDS = 20.0
_REFUSED_FOR_GOOD = 500


class BadMailUrl(AldeaError):
    """
    The URL is not a mail server's. The text does not repeat the URL, which
    may hold a password.
    """


@attrs.frozen
class MailServer:
    """
    Attributes:
        is_tls: Whether TLS starts with the connection; otherwise STARTTLS is used if offered.
        user: Empty if the server needs no authentication.
    """

    host: str
    port: int
    is_tls: bool = False
    user: str = ""
    password: str = attrs.field(default="", repr=False)

    @classmethod
    def parse(cls, url: str) -> "MailServer":
        """
        Parses `smtp(s)://USER:PASSWORD@HOST:PORT`.

        Raises:
            BadMailUrl: *url* is not of that form.
        """
        try:
            parts = urlsplit(url)
            default = {"smtp": 587, "smtps": 465}[parts.scheme]
            if not parts.hostname:
                raise BadMailUrl
            return cls(
                parts.hostname,
                parts.port or default,
                parts.scheme == "smtps",
                unquote(parts.username or ""),
                unquote(parts.password or ""),
            )
        except (KeyError, ValueError, BadMailUrl):
            raise BadMailUrl("The mail server must be smtp://USER:PASSWORD@HOST:PORT.") from None


@final
@attrs.frozen
class SmtpEmails(EmailSender):
    """
    Args:
        sender: Sender address.
    """

    server: MailServer
    sender: str

    @override
    async def send(self, email: Email) -> None:
        # Reasons are without addresses, and without the server's text, which may repeat them.
        try:
            await asyncio.to_thread(self._send, email)
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as error:
            reason = f"{type(error).__name__} {_code(error)}"
            if _code(error) >= _REFUSED_FOR_GOOD:
                raise Undeliverable(reason) from error
            raise Unavailable("mail server", why=reason) from error
        except (smtplib.SMTPException, OSError) as error:
            raise Unavailable("mail server", why=type(error).__name__) from error
        except ValueError as error:  # an address or a subject of several lines
            raise Undeliverable(type(error).__name__) from error

    def _send(self, email: Email) -> None:
        message = EmailMessage()
        message["From"] = self.sender
        message["To"] = email.to
        message["Subject"] = email.subject
        message.set_content(email.text)
        server = self.server
        context = ssl.create_default_context()
        if server.is_tls:
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=_SECONDS, context=context
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=_SECONDS)
        with connection:
            if not server.is_tls and connection.ehlo()[0] == 250:
                if connection.has_extn("starttls"):
                    connection.starttls(context=context)
                elif server.user:
                    raise smtplib.SMTPNotSupportedError("no password without TLS")
            if server.user:
                connection.login(server.user, server.password)
            connection.send_message(message)


def _code(error: smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError) -> int:
    """The server's reply code."""
    if isinstance(error, smtplib.SMTPDataError):
        return error.smtp_code
    return max((code for code, _ in error.recipients.values()), default=0)
