"""
Sends emails by SMTP (RFC 5321), in a thread, because smtplib blocks.

Emails that are not delivered yet are lost with the process. Users can request another one.
"""

import asyncio
import smtplib
import ssl

from collections import deque
from email.message import EmailMessage
from typing import final
from urllib.parse import unquote, urlsplit

import attrs
import structlog

from typing_extensions import override

from aldea_core.domain.access.emails import Email
from aldea_core.domain.errors import AldeaError
from aldea_core.ports.emails import EmailSender


log = structlog.get_logger()

_MOST_WAITING = 1000
_TRIES = 3
_SECONDS = 20.0


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
class SmtpEmails(EmailSender):
    """
    Args:
        sender: Sender address.
        pause: Seconds before an email is sent again after a failure.
    """

    def __init__(self, server: MailServer, sender: str, *, pause: float = 5) -> None:
        self._server = server
        self._sender = sender
        self._pause = pause
        self._waiting: deque[Email] = deque(maxlen=_MOST_WAITING)
        self._delivering: asyncio.Task[None] | None = None

    @override
    def post(self, email: Email) -> None:
        self._waiting.append(email)
        if self._delivering is None or self._delivering.done():
            self._delivering = asyncio.create_task(self._deliver())

    async def close(self, *, within: float = 10) -> None:
        """Waits up to *within* seconds until queued emails are delivered."""
        if self._delivering is not None:
            await asyncio.wait({self._delivering}, timeout=within)
            self._delivering.cancel()

    async def _deliver(self) -> None:
        while self._waiting:
            email = self._waiting.popleft()
            for tried in range(1, _TRIES + 1):
                try:
                    await asyncio.to_thread(self._send, email)
                    break
                except (smtplib.SMTPException, OSError, ValueError) as error:
                    # Without the address, and without the server's text, which may repeat it.
                    log.warning("letter not delivered", tried=tried, error=type(error).__name__)
                    await asyncio.sleep(self._pause)

    def _send(self, email: Email) -> None:
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = email.to
        message["Subject"] = email.subject
        message.set_content(email.text)
        server = self._server
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
