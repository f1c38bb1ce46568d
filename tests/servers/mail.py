"""A mail server that keeps received emails: the part of SMTP that this needs (RFC 5321)."""

import asyncio
import email
import email.policy

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs

from aldea_core.domain.access.emails import Email


@attrs.define
class MailServer:
    """
    Attributes:
        refusal: What it answers to every recipient, if it refuses them.
    """

    port: int = 0
    refusal: bytes = b""
    emails: list[Email] = attrs.Factory(list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            match line.split()[0].upper():
                case b"QUIT":
                    writer.write(b"221 bye\r\n")
                    break
                case b"RCPT" if self.refusal:
                    writer.write(self.refusal + b"\r\n")
                case b"DATA":
                    writer.write(b"354 go on\r\n")
                    self._keep(await reader.readuntil(b"\r\n.\r\n"))
                    writer.write(b"250 kept\r\n")
                case _:
                    writer.write(b"250 fine\r\n")
        writer.close()

    def _keep(self, data: bytes) -> None:
        message = email.message_from_bytes(data[:-3], policy=email.policy.default)
        text = message.get_content().replace("\r\n", "\n")
        self.emails.append(Email(message["To"], message["Subject"], text))

    async def delivered(self, count: int) -> list[Email]:
        async with asyncio.timeout(60):
            while len(self.emails) < count:
                await asyncio.sleep(0.01)
        return self.emails


@asynccontextmanager
async def mail_server() -> AsyncIterator[MailServer]:
    mail = MailServer()
    server = await asyncio.start_server(mail.serve, "127.0.0.1", 0)
    mail.port = server.sockets[0].getsockname()[1]
    try:
        yield mail
    finally:
        server.close()
        await server.wait_closed()
